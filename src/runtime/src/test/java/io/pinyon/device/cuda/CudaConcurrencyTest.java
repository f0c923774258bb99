/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.Recording;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.contract.GpuTest;
import io.pinyon.error.EngineException;
import io.pinyon.format.KvFormats;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormats;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Several threads, several devices on one GPU, and recorded ops. */
@GpuTest
class CudaConcurrencyTest {
    private static final int ROWS = 200;
    private static final int COLS = 96;

    private static Device open() {
        return new CudaDeviceProvider().open(0, DeviceOptions.defaults());
    }

    private static WeightMatrix weights(Device device) {
        MemorySegment bytes = MemorySegment.ofArray(normal(ROWS * COLS, 1));
        return device.load(new TensorData("w", WeightFormats.F32, List.of((long) ROWS, (long) COLS), bytes));
    }

    private static float[] normal(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] product(Device device, WeightMatrix weights, float[] x) {
        try (Tensor input = device.upload(x, 1); Tensor out = device.allocate(1, ROWS)) {
            float[] result = new float[ROWS];
            device.ops().matmul(input, weights, out);
            device.read(out, result, 0);
            return result;
        }
    }

    private static void inThreads(int count, Callable<Void> work) throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            for (Future<Void> each : threads.invokeAll(IntStream.range(0, count).mapToObj(_ -> work).toList())) {
                each.get();
            }
        }
    }

    @Test
    void oneDeviceServesSeveralThreads() throws Exception {
        try (Device device = open(); WeightMatrix weights = weights(device)) {
            float[] x = normal(COLS, 2);
            float[] expected = product(device, weights, x);
            inThreads(4, () -> {
                for (int i = 0; i < 200; i++) {
                    assertThat(product(device, weights, x)).isEqualTo(expected);
                }
                return null;
            });
        }
    }

    @Test
    void severalDevicesOfOneGpuWorkSideBySide() throws Exception {
        float[] x = normal(COLS, 3);
        float[] expected;
        try (Device device = open(); WeightMatrix weights = weights(device)) {
            expected = product(device, weights, x);
        }
        inThreads(3, () -> {
            try (Device device = open(); WeightMatrix weights = weights(device)) {
                for (int i = 0; i < 100; i++) {
                    assertThat(product(device, weights, x)).isEqualTo(expected);
                }
            }
            return null;
        });
    }

    @Test
    void aRecordingWorksOnWhatIsThereWhenItRuns() {
        try (Device device = open();
                WeightMatrix weights = weights(device);
                Tensor input = device.allocate(1, COLS);
                Tensor out = device.allocate(1, ROWS)) {
            Runnable ops = () -> {
                device.ops().scale(input, 0.5f);
                device.ops().matmul(input, weights, out);
            };
            ops.run();
            try (Recording recording = device.record(ops).orElseThrow()) {
                for (int i = 0; i < 20; i++) {
                    float[] x = normal(COLS, i);
                    device.write(input, x);
                    ops.run();
                    float[] direct = read(device, out);
                    device.write(input, x);
                    recording.run();
                    assertThat(read(device, out)).isEqualTo(direct);
                }
            }
        }
    }

    private static float[] read(Device device, Tensor tensor) {
        float[] values = new float[tensor.rows() * tensor.cols()];
        device.read(tensor, values, 0);
        return values;
    }

    @Test
    void recordedOpsDoNotRunYet() {
        try (Device device = open(); Tensor tensor = device.upload(new float[]{1, 2}, 1)) {
            device.ops().scale(tensor, 1);
            Optional<Recording> recording = device.record(() -> device.ops().scale(tensor, 10));
            assertThat(read(device, tensor)).containsExactly(1, 2);
            recording.orElseThrow().run();
            assertThat(read(device, tensor)).containsExactly(10, 20);
            recording.orElseThrow().close();
            recording.orElseThrow().close();
            assertThatThrownBy(() -> recording.orElseThrow().run()).isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("PIN-OP-CLOSED");
        }
    }

    @Test
    void whatCannotBeRecordedIsRefusedAndTheDeviceGoesOn() {
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 16, 16, 16);
        try (Device device = open();
                Tensor tensor = device.upload(new float[]{1, 2}, 1);
                KvPage page = device.allocatePage(layout);
                KvPage other = device.allocatePage(layout)) {
            for (Runnable work : List.<Runnable>of(() -> device.allocate(1, 1),
                    () -> device.write(tensor, new float[]{3, 4}), () -> device.read(tensor, new float[2], 0),
                    () -> device.copyPage(page, other))) {
                assertThatThrownBy(() -> device.record(work)).isInstanceOf(EngineException.class)
                        .hasMessageStartingWith("PIN-OP-RECORDING");
            }
            assertThat(read(device, tensor)).containsExactly(1, 2);
            device.record(() -> device.ops().scale(tensor, 2)).orElseThrow().close();
        }
    }
}
