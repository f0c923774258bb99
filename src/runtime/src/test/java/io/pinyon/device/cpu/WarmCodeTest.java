/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Tensor;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Interpreted and compiled code give the same bits, so that an answer does not depend on how long a process has run. */
class WarmCodeTest {
    private static final int COLS = 768;
    private static final int ROWS = 8;
    private static final int CALLS = 4_000;

    @ParameterizedTest
    @ValueSource(strings = {"Q8_0", "Q4_0", "Q4_K", "Q6_K", "F16", "BF16", "F32"})
    void productsKeepTheirBits(String format) {
        WeightFormat weightFormat = WeightFormats.byName(format).orElseThrow();
        var random = new Random(42);
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) weightFormat.bytes((long) COLS * ROWS)]);
        if (weightFormat.encodes()) {
            weightFormat.encode(normal(COLS * ROWS, random), 0, bytes, 0, COLS * ROWS / weightFormat.blockElements());
        } else {
            bytes.fill((byte) 0x31);
        }
        try (Device device = new CpuDeviceProvider().open(0, DeviceOptions.defaults().withThreads(1));
                var weights = device.load(
                        new TensorData("w", weightFormat, List.of((long) ROWS, (long) COLS), bytes));
                Tensor x = device.upload(normal(COLS, random), 1);
                Tensor out = device.allocate(1, ROWS)) {
            float[] first = new float[ROWS];
            float[] later = new float[ROWS];
            device.ops().matmul(x, weights, out);
            device.read(out, first, 0);
            for (int i = 0; i < CALLS; i++) {
                device.ops().matmul(x, weights, out);
                device.read(out, later, 0);
                assertThat(later).as("call %d", i).isEqualTo(first);
            }
        }
    }

    private static float[] normal(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
