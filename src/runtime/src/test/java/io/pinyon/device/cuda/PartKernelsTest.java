/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.KernelImages;
import io.pinyon.cuda.driver.LaunchShape;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Compute;
import io.pinyon.device.KvLayout;
import io.pinyon.device.support.Ownership;
import io.pinyon.device.support.PartShapes;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** What is launched for attention in rounds and parts, with which parameters; what kernels do with them a GPU shows. */
class PartKernelsTest {
    private static final KvLayout LAYOUT = new KvLayout(KvFormats.F16, KvFormats.F16, 2, 64, 64, 16);
    private static final AttentionSpec SPEC = new AttentionSpec(4, 2, 64, 64, 0.1f, 0, 0);
    private static final long SCRATCH = 0x1000;
    private static final long ROW_SPAN = 0x2000;

    private record Launch(String kernel, LaunchShape shape, MemorySegment arguments) {
        int integer(long offset) {
            return arguments.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
        }

        long pointer(long offset) {
            return arguments.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
        }

        float real(long offset) {
            return arguments.get(ValueLayout.JAVA_FLOAT_UNALIGNED, offset);
        }
    }

    private final List<String> kernels = new ArrayList<>();
    private final List<Launch> launches = new ArrayList<>();
    private final Gpu gpu = new Gpu(proxy(CudaDriver.class, (driver, method, arguments) -> switch (method.getName()) {
        case "deviceName" -> "a GPU";
        case "deviceAttribute" -> 132;
        case "function" -> {
            kernels.add((String) arguments[1]);
            yield (long) kernels.size() - 1;
        }
        case "launch" -> launches.add(new Launch(kernels.get(Math.toIntExact((long) arguments[0])),
                (LaunchShape) arguments[1],
                MemorySegment.ofArray(((MemorySegment) arguments[3]).toArray(ValueLayout.JAVA_BYTE))));
        default -> method.getReturnType() == long.class ? 1L : null;
    }), 0, List.of(new AnyImage()));
    private final Scratch scratch = (use, bytes) -> scratchOf(use);
    private final AttentionKernels attentions = new AttentionKernels(gpu, scratch, Compute.BF16);
    private final PartKernels parts = new PartKernels(gpu, scratch, attentions);

    @AfterEach
    void close() {
        gpu.close();
    }

    @Test
    void aRangeIsAFirstRoundWhoseStateBecomesAPart() {
        CudaTensor queries = tensor(0x10000, 3, 256);
        var part = new PartShapes.Part<>(tensor(0x20000, 3, 256), tensor(0x30000, 3, 8));
        gpu.run(() -> parts.attention(queries, layer(3), SPEC, 5, 70, part));

        long ranges = scratchOf(Scratch.Use.RANGES);
        assertThat(launches).extracting(Launch::kernel).containsExactly("attention_ranges", "attention_decode_f16_64",
                "attention_exponents");
        Launch fill = launches.getFirst();
        assertThat(fill.pointer(0)).isEqualTo(ranges);
        assertThat(IntStream.of(8, 12, 16).map(fill::integer)).containsExactly(3, 5, 70);
        expectRound(launches.get(1), new AttentionKernels.Round(ranges, true, false, 0x20000, 0x30000));
        Launch scale = launches.get(2);
        assertThat(scale.pointer(0)).isEqualTo(ROW_SPAN);
        assertThat(scale.pointer(8)).isEqualTo(0x30000);
        assertThat(IntStream.of(16, 20).map(scale::integer)).containsExactly(3, 4);
        assertThat(scale.real(24)).isEqualTo((float) Math.log(2));
    }

    @Test
    void manyPartsAreMergedInSeveralLaunchesWithAStateBetweenThem() {
        CudaTensor out = tensor(0x40000, 3, 256);
        List<PartShapes.Part<CudaTensor>> given = IntStream.range(0, 35).mapToObj(
                i -> new PartShapes.Part<>(tensor(0x100000 + i, 3, 256), tensor(0x200000 + i, 3, 8))).toList();
        gpu.run(() -> parts.merge(given, out));

        assertThat(launches).extracting(Launch::kernel).containsOnly("attention_merge").hasSize(3);
        int[] counts = {16, 16, 3};
        for (int i = 0; i < 3; i++) {
            Launch merge = launches.get(i);
            assertThat(merge.shape().gridX()).as("rows * heads").isEqualTo(12);
            for (int p = 0; p < counts[i]; p++) {
                assertThat(merge.pointer(8L * p)).isEqualTo(0x100000 + 16 * i + p);
                assertThat(merge.pointer(8L * (16 + p))).isEqualTo(0x200000 + 16 * i + p);
            }
            assertThat(merge.integer(256)).as("parts").isEqualTo(counts[i]);
            assertThat(merge.pointer(264)).as("states").isEqualTo(scratchOf(Scratch.Use.ATTENTION));
            assertThat(merge.integer(272)).as("first").isEqualTo(i == 0 ? 1 : 0);
            assertThat(merge.integer(276)).as("last").isEqualTo(i == 2 ? 1 : 0);
            assertThat(merge.integer(280)).as("elements of a head").isEqualTo(64);
            assertThat(merge.pointer(288)).as("out").isEqualTo(0x40000);
        }
    }

    @Test
    void onlyRoundsOnTensorCoresHaveKernelsOfTheirOwn() {
        CudaTensor queries = tensor(0x10000, 20, 256);
        CudaTensor out = tensor(0x20000, 20, 256);
        var round = new AttentionKernels.Round(1, false, true, 2, 3);
        gpu.run(() -> {
            attentions.attention(queries, layer(20), SPEC, out);
            attentions.attention(queries, layer(20), SPEC, round, out);
        });
        assertThat(launches).extracting(Launch::kernel).containsExactly("attention_mma_f16_64",
                "attention_mma_f16_64_round");
        assertThat(launches.getLast().arguments().byteSize())
                .isEqualTo(launches.getFirst().arguments().byteSize() + 32);
        expectRound(launches.getLast(), round);
    }

    private static void expectRound(Launch launch, AttentionKernels.Round round) {
        long at = launch.arguments().byteSize() - 32;
        assertThat(at % 8).isZero();
        assertThat(new AttentionKernels.Round(launch.pointer(at), launch.integer(at + 24) == 1,
                launch.integer(at + 28) == 1, launch.pointer(at + 8), launch.pointer(at + 16))).isEqualTo(round);
    }

    private static long scratchOf(Scratch.Use use) {
        return SCRATCH + use.name().hashCode();
    }

    private static CudaTensor tensor(long address, int rows, int cols) {
        return new CudaTensor(address, rows, cols, new Ownership(() -> {}));
    }

    /** A step of one span. */
    private static CudaKvTable.CudaLayer layer(int rows) {
        return proxy(CudaKvTable.CudaLayer.class, (layer, method, arguments) -> switch (method.getName()) {
            case "rows", "longestSpan" -> rows;
            case "tileCount" -> 1;
            case "layout" -> LAYOUT;
            case "rowSpan" -> ROW_SPAN;
            default -> 0L;
        });
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type}, handler));
    }

    private static final class AnyImage implements KernelImages {
        @Override
        public String description() {
            return "any";
        }

        @Override
        public List<String> names() {
            return List.of();
        }

        @Override
        public Optional<byte[]> read(String name) {
            return Optional.of(new byte[1]);
        }
    }
}
