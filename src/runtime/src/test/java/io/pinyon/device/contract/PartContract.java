/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvTable;
import io.pinyon.device.Ops;
import io.pinyon.device.Tensor;
import io.pinyon.error.EngineException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Attention in parts, and parts made one. */
public interface PartContract extends DeviceSupplier {
    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#kvFormats")
    default void partsOfEveryGroupingAgree(KvFormat format) {
        Random random = Seeds.random("part heads", format.name());
        for (int[] dims : new int[][]{{16, 16}, {33, 33}, {24, 40}, {64, 64}, {128, 128}}) {
            for (int[] heads : new int[][]{{2, 2}, {4, 2}, {6, 2}, {8, 1}}) {
                var spec = spec(heads[0], heads[1], dims[0], dims[1], 0);
                int length = 20 + random.nextInt(50);
                int tail = 1 + random.nextInt(20);
                try (Lab lab = lab()) {
                    Sequence sequence = stored(lab, format, spec, length, random);
                    PartCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, length - tail, tail)),
                            cuts(2, length, random), random);
                }
            }
        }
    }

    @Test
    default void cutsMayBeAnywhere() {
        Random random = Seeds.random("part cuts");
        var spec = spec(4, 2, 32, 32, 0);
        int length = 50;
        try (Lab lab = lab()) {
            Sequence sequence = stored(lab, KvFormats.F16, spec, length, random);
            var last = List.of(new AttentionCheck.Part(sequence, length - 1, 1));
            var all = List.of(new AttentionCheck.Part(sequence, 0, length));
            for (int[] cuts : new int[][]{{}, {0}, {1}, {length - 1}, {length}, {length + 1}, {0, 0, length, 100},
                    {15, 16, 17}, {16, 32, 48}, {20, 20, 20}, {1000, 2000}, {0, 1, length - 1, length}}) {
                PartCheck.run(lab, spec, last, cuts, random);
                PartCheck.run(lab, spec, all, cuts, random);
            }
        }
    }

    @Test
    default void thereMayBeMorePartsThanEntries() {
        Random random = Seeds.random("more parts");
        var spec = spec(3, 1, 20, 20, 0);
        for (int length : new int[]{1, 2, 17}) {
            try (Lab lab = lab()) {
                Sequence sequence = stored(lab, KvFormats.F16, spec, length, random);
                PartCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 0, length)),
                        IntStream.range(0, length + 5).toArray(), random);
            }
        }
    }

    @Test
    default void partsRespectTheWindow() {
        Random random = Seeds.random("part window");
        for (int window : new int[]{1, 2, 16, 17, 39, 40, 1000}) {
            var spec = spec(4, 2, 32, 32, window);
            try (Lab lab = lab()) {
                Sequence sequence = stored(lab, KvFormats.F16, spec, 40, random);
                for (int first : new int[]{0, 39}) {
                    PartCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, first, 40 - first)),
                            new int[]{Math.max(0, 40 - window), 23, 38}, random);
                }
            }
        }
    }

    @Test
    default void spansOfDifferentLengthsAreCutAtTheSameEntries() {
        Random random = Seeds.random("part spans");
        for (int window : new int[]{0, 60}) {
            var spec = spec(6, 2, 48, 48, window);
            try (Lab lab = lab()) {
                var spans = List.of(
                        new AttentionCheck.Part(stored(lab, KvFormats.F16, spec, 130, random), 129, 1),
                        new AttentionCheck.Part(stored(lab, KvFormats.F16, spec, 17, random), 0, 17),
                        new AttentionCheck.Part(stored(lab, KvFormats.F16, spec, 71, random), 7, 64));
                PartCheck.run(lab, spec, spans, new int[]{7, 16, 64, 128}, random);
                PartCheck.run(lab, spec, spans, cuts(5, 130, random), random);
            }
        }
    }

    @Test
    default void capsActBeforeTheMaximum() {
        Random random = Seeds.random("part caps");
        for (float cap : new float[]{0.5f, 5f, 50f}) {
            var spec = new AttentionSpec(4, 2, 32, 32, 2f, cap, 0);
            try (Lab lab = lab()) {
                Sequence sequence = stored(lab, KvFormats.F16, spec, 50, random);
                PartCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 40, 10)), cuts(2, 50, random),
                        random);
                PartCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 10, 40)), cuts(2, 50, random),
                        random);
            }
        }
    }

    @Test
    default void hugeEqualAndVanishingScoresMerge() {
        Random random = Seeds.random("part extremes");
        for (double size : new double[]{0, 1e-42, 1e-20, 1, 3e3, 1e4}) {
            var spec = new AttentionSpec(4, 2, 16, 16, 1f, 0f, 0);
            try (Lab lab = lab()) {
                Sequence sequence = stored(lab, KvFormats.F32, spec, 70, random);
                for (int count : new int[]{1, 10, 60}) {
                    PartCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 70 - count, count)),
                            cuts(6, 70, random), size, random);
                }
            }
        }
    }

    @Test
    default void aLongContextMerges() {
        Random random = Seeds.random("part long");
        var spec = spec(8, 2, 64, 64, 0);
        try (Lab lab = lab()) {
            Sequence sequence = stored(lab, KvFormats.F16, spec, 3001, random);
            for (int count : new int[]{1, 3, 11}) {
                PartCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 3001 - count, count)),
                        new int[]{64, 700, 2049, 2990}, random);
            }
        }
    }

    @Test
    default void partsOfNothingMergeToZero() {
        Random random = Seeds.random("part nothing");
        var spec = spec(4, 2, 16, 24, 3);
        try (Lab lab = lab()) {
            Sequence sequence = stored(lab, KvFormats.F16, spec, 20, random);
            KvTable.Layer entries = lab.entries(2, List.of(sequence.span(0, 18, 2)));
            Tensor queries = lab.tensor(2, Samples.normal(2 * 64, random));
            AttentionPart hidden = part(lab, 2, spec);
            AttentionPart beyond = part(lab, 2, spec);
            lab.ops().attention(queries, entries, spec, 0, 16, hidden);
            lab.ops().attention(queries, entries, spec, 20, 20, beyond);
            Tensor out = lab.poisoned(2, 96);
            lab.ops().mergeAttention(List.of(hidden, beyond), out);
            assertThat(lab.read(out)).containsOnly(0f);
        }
    }

    @Test
    default void givenStatesMerge() {
        float none = Float.NEGATIVE_INFINITY;
        try (Lab lab = lab()) {
            // two rows of two heads of three values
            var first = new AttentionPart(lab.tensor(2, 1, 2, 3, 0, 0, 0, 4, 4, 4, 1, 0, -1),
                    lab.tensor(2, 5, 1, none, 0, 1e4f, 2, -100, 1));
            var second = new AttentionPart(lab.tensor(2, 3, 2, 1, 2, 4, 6, 9, 9, 9, 2, 2, 2),
                    lab.tensor(2, 5, 1, -7, 2, -1e4f, 3, -100, 2));
            float[] expected = {2, 2, 2, 1, 2, 3, 2, 2, 2, 1, 2 / 3f, 1 / 3f};
            for (List<AttentionPart> parts : List.of(List.of(first, second), List.of(second, first))) {
                Tensor out = lab.poisoned(2, 6);
                lab.ops().mergeAttention(parts, out);
                float[] merged = lab.read(out);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(merged[i]).as("value %d", i).isBetween(expected[i] * 0.999999f, expected[i] * 1.000001f);
                }
            }
        }
    }

    @Test
    default void impossibleRangesAndShapesOfPartsAreRefused() {
        String code = "PIN-OP-SHAPE";
        var spec = spec(4, 2, 16, 24, 0);
        Random random = Seeds.random("part refusals");
        try (Lab lab = lab()) {
            Ops ops = lab.ops();
            Sequence sequence = stored(lab, KvFormats.F16, spec, 3, random);
            KvTable.Layer entries = lab.entries(3, List.of(sequence.span(0, 0, 3)));
            Tensor queries = lab.poisoned(3, 64);
            AttentionPart part = part(lab, 3, spec);
            refused(code, "attention", () -> ops.attention(queries, entries, spec, -1, 2, part));
            refused(code, "attention", () -> ops.attention(queries, entries, spec, 2, 1, part));
            refused(code, "attention", () -> ops.attention(lab.poisoned(3, 63), entries, spec, 0, 3, part));
            refused(code, "attention", () -> ops.attention(lab.poisoned(2, 64), entries, spec, 0, 3, part));
            for (AttentionPart wrong : List.of(new AttentionPart(lab.poisoned(3, 95), part.states()),
                    new AttentionPart(lab.poisoned(2, 96), part.states()),
                    new AttentionPart(part.sums(), lab.poisoned(3, 4)),
                    new AttentionPart(part.sums(), lab.poisoned(4, 8)),
                    new AttentionPart(part.states(), part.sums()))) {
                refused(code, "attention", () -> ops.attention(queries, entries, spec, 0, 3, wrong));
            }
            assertThat(lab.read(part.sums())).as("after refusals").containsOnly(Float.NaN);
            assertThat(lab.read(part.states())).as("after refusals").containsOnly(Float.NaN);
        }
    }

    @Test
    default void partsMustNotShareMemory() {
        String code = "PIN-OP-ALIAS";
        var spec = spec(4, 4, 8, 8, 0);
        try (Lab lab = lab()) {
            Sequence sequence = stored(lab, KvFormats.F16, spec, 2, Seeds.random("part alias"));
            KvTable.Layer entries = lab.entries(2, List.of(sequence.span(0, 0, 2)));
            Tensor memory = lab.poisoned(6, 32);
            Tensor own = lab.poisoned(2, 32);
            Tensor states = lab.poisoned(2, 8);
            Tensor first = memory.rows(0, 2);
            Tensor overlapping = memory.rows(1, 3);
            Tensor within = memory.rows(0, 1).reshape(4, 8).rows(2, 4);
            Ops ops = lab.ops();
            refused(code, "attention", () -> ops.attention(first, entries, spec, 0, 2,
                    new AttentionPart(overlapping, states)));
            refused(code, "attention", () -> ops.attention(first, entries, spec, 0, 2, new AttentionPart(own, within)));
            refused(code, "attention", () -> ops.attention(own, entries, spec, 0, 2, new AttentionPart(first, within)));
            refused(code, "mergeAttention",
                    () -> ops.mergeAttention(List.of(new AttentionPart(first, states)), overlapping));
            refused(code, "mergeAttention",
                    () -> ops.mergeAttention(List.of(new AttentionPart(own, within)), first));
            refused(code, "mergeAttention", () -> ops.mergeAttention(List.of(new AttentionPart(own, states)), own));
        }
    }

    @Test
    default void onlyPartsOfOneShapeMerge() {
        String code = "PIN-OP-SHAPE";
        try (Lab lab = lab()) {
            Ops ops = lab.ops();
            Tensor out = lab.poisoned(2, 12);
            var part = new AttentionPart(lab.poisoned(2, 12), lab.poisoned(2, 8));
            refused(code, "mergeAttention", () -> ops.mergeAttention(List.of(), out));
            refused(code, "mergeAttention", () -> ops.mergeAttention(List.of(part), lab.poisoned(2, 13)));
            refused(code, "mergeAttention", () -> ops.mergeAttention(List.of(part), lab.poisoned(3, 12)));
            for (AttentionPart other : List.of(new AttentionPart(lab.poisoned(2, 16), part.states()),
                    new AttentionPart(lab.poisoned(3, 12), part.states()),
                    new AttentionPart(part.sums(), lab.poisoned(2, 6)),
                    new AttentionPart(part.sums(), lab.poisoned(1, 8)))) {
                refused(code, "mergeAttention", () -> ops.mergeAttention(List.of(part, other), out));
            }
            for (Tensor states : List.of(lab.poisoned(2, 7), lab.poisoned(2, 10), lab.poisoned(3, 8))) {
                refused(code, "mergeAttention",
                        () -> ops.mergeAttention(List.of(new AttentionPart(part.sums(), states)), out));
            }
        }
    }

    @Test
    default void closedTensorsOfPartsAreRefused() {
        var spec = spec(2, 2, 8, 8, 0);
        try (Lab lab = lab()) {
            Sequence sequence = stored(lab, KvFormats.F16, spec, 2, Seeds.random("part closed"));
            KvTable.Layer entries = lab.entries(2, List.of(sequence.span(0, 0, 2)));
            Tensor queries = lab.poisoned(2, 16);
            AttentionPart part = part(lab, 2, spec);
            part.states().close();
            assertThatThrownBy(() -> lab.ops().attention(queries, entries, spec, 0, 2, part))
                    .isInstanceOf(EngineException.class).hasMessageStartingWith("PIN-OP-CLOSED: ");
            assertThatThrownBy(() -> lab.ops().mergeAttention(List.of(part), queries))
                    .isInstanceOf(EngineException.class).hasMessageStartingWith("PIN-OP-CLOSED: ");
        }
    }

    private static void refused(String code, String op, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(EngineException.class).hasMessageStartingWith(code + ": ")
                .hasMessageContaining(op);
    }

    private static AttentionPart part(Lab lab, int rows, AttentionSpec spec) {
        return new AttentionPart(lab.poisoned(rows, spec.heads() * spec.valueDim()),
                lab.poisoned(rows, 2 * spec.heads()));
    }

    private static Sequence stored(Lab lab, KvFormat format, AttentionSpec spec, int length, Random random) {
        var layout = new KvLayout(format, format, spec.kvHeads(), spec.keyDim(), spec.valueDim(), 16);
        var sequence = new Sequence(lab, layout, length, random);
        sequence.store(0, length);
        return sequence;
    }

    private static int[] cuts(int count, int length, Random random) {
        return random.ints(count, 0, length + 2).toArray();
    }

    private static AttentionSpec spec(int heads, int kvHeads, int keyDim, int valueDim, int window) {
        return new AttentionSpec(heads, kvHeads, keyDim, valueDim, (float) (1 / Math.sqrt(keyDim)), 0, window);
    }
}
