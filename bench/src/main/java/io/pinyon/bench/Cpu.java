/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.util.Random;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.device.Tensor;

/** The device under test and its inputs. */
final class Cpu {
    private static final long SEED = 1;

    private Cpu() {}

    /**
     * Opens the {@code cpu} device.
     *
     * @param threads 0 for one per processor
     */
    static Device open(int threads) {
        DeviceOptions options = DeviceOptions.defaults();
        return Devices.open("cpu", threads == 0 ? options : options.withThreads(threads)).device();
    }

    static Tensor normal(Device device, int rows, int cols) {
        Random random = new Random(SEED);
        float[] values = new float[rows * cols];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return device.upload(values, rows);
    }
}
