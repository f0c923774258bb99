/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.error.DeviceException;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.PinyonException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What every device must do about memory and its own life; one subclass per device and nothing else. */
public abstract class DeviceContract implements DeviceSupplier {
    private static final KvLayout LAYOUT = new KvLayout(KvFormats.F16, KvFormats.F32, 2, 8, 4, 16);

    private Device open() {
        return open(DeviceOptions.defaults());
    }

    private static void refused(Class<? extends PinyonException> type, String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(type).hasMessageStartingWith(code + ": ");
    }

    @Test
    void saysWhatItIs() {
        try (Device device = open()) {
            assertThat(device.info().id()).isNotBlank();
            assertThat(device.info().description()).isNotBlank();
            assertThat(device.info().memoryBytes()).isPositive();
        }
    }

    @Test
    void everyAllocationIsBookedByPurposeAndGivenBack() {
        try (Device device = open(); Arena arena = Arena.ofConfined()) {
            Tensor tensor = device.allocate(3, 5);
            assertThat(device.memory().snapshot().bytes(Purpose.ACTIVATIONS)).isGreaterThanOrEqualTo(60);
            IntTensor ints = device.allocateInts(7);
            assertThat(device.memory().snapshot().bytes(Purpose.ACTIVATIONS)).isGreaterThanOrEqualTo(88);
            Tensor norm = device.upload(new float[6], 2);
            assertThat(norm.rows()).isEqualTo(2);
            assertThat(norm.cols()).isEqualTo(3);
            assertThat(device.memory().snapshot().bytes(Purpose.WEIGHTS)).isGreaterThanOrEqualTo(24);
            WeightMatrix matrix = device.load(Samples.encoded(arena, WeightFormats.F32, 2, new float[8]));
            assertThat(device.memory().snapshot().bytes(Purpose.WEIGHTS)).isGreaterThanOrEqualTo(24 + matrix.bytes());
            KvPage page = device.allocatePage(LAYOUT);
            assertThat(page.bytes()).isEqualTo(LAYOUT.pageBytes()).isEqualTo(2 * 16 * (8 * 2 + 4 * 4));
            assertThat(device.memory().snapshot().bytes(Purpose.KV)).isEqualTo(page.bytes());
            KvTable table = device.allocateKvTable(2, 3);
            for (AutoCloseable each : List.of(tensor, ints, norm, matrix, page, table)) {
                closeTwice(each);
            }
            assertThat(Lab.liveBytes(device)).isZero();
            assertThat(device.memory().snapshot().peak(Purpose.KV)).isEqualTo(page.bytes());
        }
    }

    private static void closeTwice(AutoCloseable closeable) {
        try {
            closeable.close();
            closeable.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void newTensorsAreZero() {
        try (Device device = open(); Tensor tensor = device.allocate(3, 33)) {
            float[] values = Samples.normal(99, Seeds.random("zero"));
            device.read(tensor, values, 0);
            assertThat(values).containsOnly(0f);
        }
    }

    @Test
    void valuesComeBackAsTheyWereWritten() {
        float[] values = Samples.rough(35, Seeds.random("write"));
        try (Device device = open(); Tensor tensor = device.allocate(5, 7)) {
            device.write(tensor, values);
            float[] back = new float[40];
            device.read(tensor, back, 3);
            for (int i = 0; i < back.length; i++) {
                assertThat(back[i]).isEqualTo(i < 3 || i >= 38 ? 0 : values[i - 3]);
            }
        }
    }

    @Test
    void integersComeBackAsTheyWereWritten() {
        try (Device device = open(); IntTensor ints = device.allocateInts(4)) {
            int[] back = {9, 9, 9, 9, 9};
            device.read(ints, back);
            assertThat(back).containsExactly(0, 0, 0, 0, 9);
            device.write(ints, 5, -6, Integer.MAX_VALUE, Integer.MIN_VALUE);
            device.write(ints, 7);
            device.read(ints.prefix(3), back);
            assertThat(back).containsExactly(7, -6, Integer.MAX_VALUE, 0, 9);
        }
    }

    @Test
    void viewsShareMemory() {
        float[] values = Samples.normal(24, Seeds.random("views"));
        try (Device device = open(); Tensor tensor = device.allocate(4, 6)) {
            device.write(tensor, values);
            try (Tensor row = tensor.rows(1, 3).reshape(4, 3).rows(1, 2)) {
                device.write(row, new float[]{7, 8, 9});
            }
            float[] back = new float[24];
            device.read(tensor, back, 0);
            System.arraycopy(new float[]{7, 8, 9}, 0, values, 9, 3);
            assertThat(back).as("closing a view leaves the tensor").isEqualTo(values);
            assertThat(tensor.rows(2, 2).rows()).isZero();
            assertThat(tensor.reshape(24, 1).cols()).isEqualTo(1);
        }
    }

    @Test
    void viewsStayWithinTheirTensor() {
        try (Device device = open(); Tensor tensor = device.allocate(4, 6); IntTensor ints = device.allocateInts(4)) {
            refused(EngineException.class, "PIN-OP-SHAPE", () -> tensor.rows(-1, 2));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> tensor.rows(3, 2));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> tensor.rows(0, 5));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> tensor.reshape(5, 5));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> tensor.reshape(-4, -6));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> ints.prefix(5));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> ints.prefix(2).prefix(3));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> ints.prefix(-1));
        }
    }

    @Test
    void impossibleSizesAreRefused() {
        try (Device device = open(); Tensor tensor = device.allocate(2, 3); IntTensor ints = device.allocateInts(2)) {
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.allocate(-1, 3));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.allocate(1, 0));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.allocateInts(-1));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.upload(new float[5], 2));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.upload(new float[5], 0));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.write(ints, 1, 2, 3));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.write(tensor, new float[5]));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.read(tensor, new float[8], 3));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.read(tensor, new float[8], -1));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.read(ints, new int[1]));
            refused(MemoryException.class, "PIN-MEMORY-TENSOR",
                    () -> device.allocate(Integer.MAX_VALUE, Integer.MAX_VALUE));
        }
    }

    @Test
    void aDeviceInUseIsNotClosed() {
        Device device = open();
        KvPage page = device.allocatePage(LAYOUT);
        refused(UsageException.class, "PIN-DEVICE-BUSY", device::close);
        Tensor tensor = device.allocate(1, 1);
        page.close();
        refused(UsageException.class, "PIN-DEVICE-BUSY", device::close);
        KvTable table = device.allocateKvTable(1, 1);
        tensor.close();
        refused(UsageException.class, "PIN-DEVICE-BUSY", device::close);
        table.close();
        device.close();
        device.close();
    }

    @Test
    void aClosedDeviceAllocatesNothing() {
        Device device = open();
        device.close();
        refused(UsageException.class, "PIN-DEVICE-CLOSED", () -> device.allocate(1, 1));
        refused(UsageException.class, "PIN-DEVICE-CLOSED", () -> device.allocateInts(1));
        refused(UsageException.class, "PIN-DEVICE-CLOSED", () -> device.allocatePage(LAYOUT));
        refused(UsageException.class, "PIN-DEVICE-CLOSED", () -> device.allocateKvTable(1, 1));
    }

    @Test
    void whatExceedsTheLimitIsItemisedAndLeavesNothingBehind() {
        try (Device device = open(DeviceOptions.defaults().withMemoryLimit(64 * 1024));
                Tensor tensor = device.allocate(10, 1024)) {
            long before = Lab.liveBytes(device);
            assertThatThrownBy(() -> device.allocate(8, 1024)).isInstanceOf(MemoryException.class)
                    .hasMessageStartingWith("PIN-MEMORY-BUDGET: 32.0 KiB").hasMessageContaining("64.0 KiB")
                    .hasMessageContaining("ACTIVATIONS 40.0 KiB");
            refused(MemoryException.class, "PIN-MEMORY-BUDGET", () -> device.upload(new float[8192], 1));
            refused(MemoryException.class, "PIN-MEMORY-BUDGET", () -> device.allocateInts(8192));
            var large = new KvLayout(KvFormats.F16, KvFormats.F16, 8, 64, 64, 64);
            refused(MemoryException.class, "PIN-MEMORY-BUDGET", () -> device.allocatePage(large));
            assertThat(Lab.liveBytes(device)).isEqualTo(before);
            device.allocate(6, 1024).close();
            assertThat(tensor.rows()).isEqualTo(10);
        }
    }

    @Test
    void aCopiedPageHasTheSameEntriesAndALifeOfItsOwn() {
        Random random = Seeds.random("copy page");
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 2, 32, 32, 16);
        try (Device device = open(); KvPage target = device.allocatePage(layout)) {
            KvPage source = device.allocatePage(layout);
            store(device, layout, source, random);
            float[] original = attend(device, layout, source);
            store(device, layout, target, random);
            assertThat(attend(device, layout, target)).isNotEqualTo(original);
            device.copyPage(source, target);
            assertThat(attend(device, layout, target)).isEqualTo(original);
            store(device, layout, source, random);
            assertThat(attend(device, layout, source)).isNotEqualTo(original);
            assertThat(attend(device, layout, target)).as("the copy after its source was written").isEqualTo(original);
            device.copyPage(source, target);
            source.close();
            assertThat(attend(device, layout, target)).as("the copy after its source was closed")
                    .isNotEqualTo(original).doesNotContain(Float.NaN);
        }
    }

    /** Fills a page with random entries. */
    private static void store(Device device, KvLayout layout, KvPage page, Random random) {
        int tokens = layout.pageTokens();
        int width = layout.kvHeads() * layout.keyDim();
        try (Tensor keys = device.upload(Samples.normal(tokens * width, random), tokens);
                Tensor values = device.upload(Samples.normal(tokens * width, random), tokens);
                KvTable table = device.allocateKvTable(1, tokens)) {
            var view = new KvView(layout, List.of(page));
            device.write(table, tokens, List.of(new KvSpan(List.of(view), 0, tokens, 0)));
            device.ops().storeKv(keys, values, table.layer(0));
        }
    }

    /** What equal queries at all positions of a page see. */
    private static float[] attend(Device device, KvLayout layout, KvPage page) {
        int tokens = layout.pageTokens();
        int width = layout.kvHeads() * layout.keyDim();
        float[] ones = new float[tokens * width];
        Arrays.fill(ones, 1);
        float[] seen = new float[ones.length];
        try (Tensor queries = device.upload(ones, tokens);
                Tensor out = device.allocate(tokens, width);
                KvTable table = device.allocateKvTable(1, tokens)) {
            var view = new KvView(layout, List.of(page));
            device.write(table, tokens, List.of(new KvSpan(List.of(view), 0, tokens, 0)));
            device.ops().attention(queries, table.layer(0), new AttentionSpec(layout.kvHeads(), layout.kvHeads(),
                    layout.keyDim(), layout.valueDim(), 0.2f, 0, 0), out);
            device.read(out, seen, 0);
        }
        return seen;
    }

    @Test
    void onlyOpenPagesOfOneSizeAndDeviceAreCopied() {
        var half = new KvLayout(KvFormats.F16, KvFormats.F32, 2, 8, 4, 8);
        try (Device device = open();
                KvPage page = device.allocatePage(LAYOUT);
                KvPage other = device.allocatePage(LAYOUT);
                KvPage small = device.allocatePage(half);
                KvPage foreign = new ForeignPage(page.bytes())) {
            KvPage closed = device.allocatePage(LAYOUT);
            closed.close();
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.copyPage(page, small));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.copyPage(small, page));
            refused(EngineException.class, "PIN-OP-SHAPE", () -> device.copyPage(page, page));
            refused(EngineException.class, "PIN-OP-CLOSED", () -> device.copyPage(closed, page));
            refused(EngineException.class, "PIN-OP-CLOSED", () -> device.copyPage(page, closed));
            refused(EngineException.class, "PIN-OP-DEVICE", () -> device.copyPage(foreign, page));
            refused(EngineException.class, "PIN-OP-DEVICE", () -> device.copyPage(page, foreign));
            device.copyPage(page, other);
        }
    }

    /** A page of no device. */
    private record ForeignPage(long bytes) implements KvPage {
        @Override
        public Tier tier() {
            return Tier.HOST;
        }

        @Override
        public void label(byte[] label) {}

        @Override
        public void close() {}
    }

    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#weightFormats")
    void matricesOfEveryFormatLoad(WeightFormat format) {
        int cols = 2 * format.blockElements();
        try (Device device = open();
                Arena arena = Arena.ofShared();
                WeightMatrix matrix = device
                        .load(Samples.matrix(arena, format, 3, cols, Seeds.random("load", format.name())))) {
            assertThat(matrix.rows()).isEqualTo(3);
            assertThat(matrix.cols()).isEqualTo(cols);
            assertThat(matrix.format()).isEqualTo(format);
            assertThat(matrix.bytes()).isPositive();
        }
    }

    @Test
    void aVectorLoadsAsOneRow() {
        try (Device device = open();
                Arena arena = Arena.ofShared();
                WeightMatrix matrix = device.load(
                        new TensorData("vector", WeightFormats.F32, List.of(6L), arena.allocate(24)))) {
            assertThat(matrix.rows()).isEqualTo(1);
            assertThat(matrix.cols()).isEqualTo(6);
        }
    }

    @Test
    void dataThatContradictsItsShapeIsRefused() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[64]);
        try (Device device = open()) {
            for (TensorData data : List.of(new TensorData("short", WeightFormats.F32, List.of(3L, 6L), bytes),
                    new TensorData("cube", WeightFormats.F32, List.of(2L, 2L, 4L), bytes),
                    new TensorData("ragged", WeightFormats.Q8_0, List.of(1L, 33L), bytes))) {
                assertThatThrownBy(() -> device.load(data)).isInstanceOf(DeviceException.class)
                        .hasMessageStartingWith("PIN-DEVICE-SHAPE: ").hasMessageContaining(data.name());
            }
        }
    }
}
