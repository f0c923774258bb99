/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormats;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormats;
import io.pinyon.memory.MemorySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** How many threads there are decides when a result is there, not what it is. */
class ThreadsTest {
    private static final long SEED = 42;

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 17, 130})
    void productsDoNotDependOnThem(int rows) {
        assertThat(product(rows, 5)).isEqualTo(product(rows, 1));
    }

    private static float[] product(int rows, int threads) {
        Random random = new Random(SEED);
        MemorySegment bytes = MemorySegment.ofArray(new byte[34 * 640 / 32 * 700]);
        WeightFormats.Q8_0.encode(normal(640 * 700, random), 0, bytes, 0, 640 / 32 * 700);
        try (Device device = open(threads);
                var weights = device.load(new TensorData("w", WeightFormats.Q8_0, List.of(700L, 640L), bytes));
                Tensor x = device.upload(normal(rows * 640, random), rows);
                Tensor out = device.allocate(rows, 700)) {
            device.ops().matmul(x, weights, out);
            float[] result = new float[rows * 700];
            device.read(out, result, 0);
            return result;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 40, 300})
    void attentionDoesNotDependOnThem(int rows) {
        assertThat(attention(rows, 5)).isEqualTo(attention(rows, 1));
    }

    @Test
    void neitherDoesAttentionToALongContext() {
        assertThat(attention(1, 5, 9000, 100)).isEqualTo(attention(1, 1, 9000, 100));
        assertThat(attention(2, 3, 5000, 70)).isEqualTo(attention(2, 1, 5000, 70));
    }

    private static float[] attention(int rows, int threads) {
        return attention(rows, threads, 1300, 0);
    }

    private static float[] attention(int rows, int threads, int length, int from) {
        Random random = new Random(SEED);
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 2, 32, 32, 64);
        var spec = new AttentionSpec(4, 2, 32, 32, 0.2f, 0, 0);
        try (Device device = open(threads);
                Tensor entries = device.upload(normal(length * 64, random), length);
                Tensor queries = device.upload(normal(rows * 128, random), rows);
                Tensor out = device.allocate(rows, 128);
                KvTable table = device.allocateKvTable(1, length)) {
            List<KvPage> pages = new ArrayList<>();
            for (int i = 0; i < length; i += 64) {
                pages.add(device.allocatePage(layout));
            }
            KvView view = new KvView(layout, pages);
            device.write(table, length, List.of(new KvSpan(List.of(view), 0, length, 0)));
            device.ops().storeKv(entries, entries, table.layer(0));
            device.write(table, rows, List.of(new KvSpan(List.of(view), 0, rows, length - rows)));
            if (from == 0) {
                device.ops().attention(queries, table.layer(0), spec, out);
            } else {
                try (Tensor states = device.allocate(rows, 8)) {
                    device.ops().attention(queries, table.layer(0), spec, from, length, new AttentionPart(out, states));
                }
            }
            pages.forEach(KvPage::close);
            float[] result = new float[rows * 128];
            device.read(out, result, 0);
            return result;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void whatTheyComputeInIsOnTheBooksUntilTheDeviceIsClosed(int threads) {
        Device device = open(threads);
        try (Tensor queries = device.allocate(40, 64);
                Tensor out = device.allocate(40, 64);
                KvTable table = device.allocateKvTable(1, 40);
                KvPage page = device.allocatePage(new KvLayout(KvFormats.F32, KvFormats.F32, 1, 64, 64, 64))) {
            var view = new KvView(new KvLayout(KvFormats.F32, KvFormats.F32, 1, 64, 64, 64), List.of(page));
            device.write(table, 40, List.of(new KvSpan(List.of(view), 0, 40, 0)));
            device.ops().storeKv(queries, queries, table.layer(0));
            device.ops().attention(queries, table.layer(0), new AttentionSpec(1, 1, 64, 64, 1, 0, 0), out);
        }
        assertThat(bytes(device)).isPositive();
        device.close();
        assertThat(bytes(device)).isZero();
    }

    private static long bytes(Device device) {
        return device.memory().snapshot().items().stream().mapToLong(MemorySnapshot.Item::bytes).sum();
    }

    private static Device open(int threads) {
        return new CpuDeviceProvider().open(0, DeviceOptions.defaults().withThreads(threads));
    }

    private static float[] normal(int count, Random random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
