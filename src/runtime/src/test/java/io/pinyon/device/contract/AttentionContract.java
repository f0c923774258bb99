/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvTable;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Storing keys and values in pages, and attention over them. */
public interface AttentionContract extends DeviceSupplier {
    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#kvFormats")
    default void everyHeadDimensionAndGrouping(KvFormat format) {
        Random random = Seeds.random("heads", format.name());
        for (int dim : List.of(16, 20, 32, 64, 80, 96, 128, 256)) {
            for (int[] heads : new int[][]{{1, 1}, {4, 4}, {4, 2}, {8, 2}, {6, 2}, {7, 1}}) {
                var spec = spec(heads[0], heads[1], dim, dim, 0);
                int length = 1 + random.nextInt(70);
                int tail = 1 + random.nextInt(Math.min(5, length));
                try (Lab lab = lab()) {
                    var sequence = new Sequence(lab, layout(format, spec, 16), length, random);
                    sequence.store(0, length);
                    AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, length - tail, tail)),
                            random);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#kvFormats")
    default void everyLengthAroundAPageEdge(KvFormat format) {
        Random random = Seeds.random("pages", format.name());
        var spec = spec(4, 2, 32, 32, 0);
        for (int pageTokens : List.of(16, 64)) {
            for (int length : List.of(1, 2, pageTokens - 1, pageTokens, pageTokens + 1, 2 * pageTokens - 1,
                    2 * pageTokens, 2 * pageTokens + 1, 5 * pageTokens + 3)) {
                try (Lab lab = lab()) {
                    var sequence = new Sequence(lab, layout(format, spec, pageTokens), length, random);
                    sequence.store(0, length);
                    AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, length - 1, 1)), random);
                    AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 0, length)), random);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#kvFormats")
    default void spansOfDifferentSequencesShareAStep(KvFormat format) {
        Random random = Seeds.random("spans", format.name());
        var spec = spec(6, 2, 48, 48, 0);
        for (int pageTokens : List.of(16, 64)) {
            try (Lab lab = lab()) {
                KvLayout layout = layout(format, spec, pageTokens);
                var decoding = new Sequence(lab, layout, 130, random);
                var starting = new Sequence(lab, layout, 17, random);
                var resuming = new Sequence(lab, layout, 71, random);
                decoding.store(0, 129);
                resuming.store(0, 7);
                var parts = List.of(new AttentionCheck.Part(decoding, 129, 1),
                        new AttentionCheck.Part(starting, 0, 17), new AttentionCheck.Part(resuming, 7, 64));
                AttentionCheck.storeTogether(lab, AttentionCheck.entries(lab, parts), parts, random);
                AttentionCheck.run(lab, spec, parts, random);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#kvFormats")
    default void storingInPiecesIsTheSameAsAtOnce(KvFormat format) {
        Random random = Seeds.random("pieces", format.name());
        var spec = spec(2, 1, 20, 20, 0);
        try (Lab lab = lab()) {
            var sequence = new Sequence(lab, layout(format, spec, 16), 100, random);
            for (int from = 0; from < 100;) {
                int count = Math.min(100 - from, 1 + random.nextInt(30));
                sequence.store(from, count);
                from += count;
            }
            AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 90, 10)), random);
        }
    }

    @Test
    default void storingAgainReplacesAnEntry() {
        Random random = Seeds.random("again");
        var spec = spec(2, 2, 16, 16, 0);
        try (Lab lab = lab()) {
            KvLayout layout = layout(KvFormats.F32, spec, 16);
            var stale = new Sequence(lab, layout, 40, random);
            stale.store(0, 40);
            var fresh = stale.withNewEntries(random);
            fresh.store(0, 40);
            AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(fresh, 20, 20)), random);
        }
    }

    @Test
    default void keysAndValuesMayDifferInDimensionAndFormat() {
        Random random = Seeds.random("mixed");
        var spec = spec(4, 2, 24, 40, 0);
        for (KvFormat keys : KvFormats.all()) {
            for (KvFormat values : KvFormats.all()) {
                try (Lab lab = lab()) {
                    var sequence = new Sequence(lab, new KvLayout(keys, values, 2, 24, 40, 16), 37, random);
                    sequence.store(0, 37);
                    AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 30, 7)), random);
                }
            }
        }
    }

    @Test
    default void theWindowEndsExactlyWhereItShould() {
        Random random = Seeds.random("window");
        for (int window : List.of(1, 2, 15, 16, 17, 32, 39, 40, 41, 1000)) {
            var spec = spec(4, 2, 32, 32, window);
            try (Lab lab = lab()) {
                var sequence = new Sequence(lab, layout(KvFormats.F16, spec, 16), 40, random);
                sequence.store(0, 40);
                AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 0, 40)), random);
                AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 39, 1)), random);
            }
        }
    }

    @Test
    default void aWindowOfOneReturnsTheStoredValueItself() {
        Random random = Seeds.random("own value");
        for (KvFormat format : KvFormats.all()) {
            var spec = spec(3, 1, 20, 20, 1);
            try (Lab lab = lab()) {
                var sequence = new Sequence(lab, layout(format, spec, 16), 20, random);
                sequence.store(0, 20);
                Tensor out = lab.poisoned(20, 60);
                lab.ops().attention(lab.tensor(20, Samples.normal(20 * 60, random)),
                        lab.entries(20, List.of(sequence.span(0, 0, 20))), spec, out);
                float[] result = lab.read(out);
                for (int i = 0; i < result.length; i++) {
                    assertThat(result[i]).as(format.name()).isEqualTo(sequence.value(0, i / 60)[i % 20]);
                }
            }
        }
    }

    @Test
    default void scoresAreCappedWhenAsked() {
        Random random = Seeds.random("capped scores");
        for (float cap : new float[]{0.5f, 5f, 50f}) {
            var spec = new AttentionSpec(4, 2, 32, 32, 2f, cap, 0);
            try (Lab lab = lab()) {
                var sequence = new Sequence(lab, layout(KvFormats.F16, spec, 16), 50, random);
                sequence.store(0, 50);
                AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 40, 10)), random);
            }
        }
    }

    @Test
    default void everyLayerOfATableHasItsOwnEntriesAndSeesWhatWasWrittenLast() {
        Random random = Seeds.random("layers");
        var specs = List.of(spec(4, 2, 32, 32, 0), spec(2, 1, 16, 24, 5), spec(4, 2, 32, 32, 0));
        try (Lab lab = lab(); KvTable table = lab.device().allocateKvTable(specs.size(), 40)) {
            List<KvTable.Layer> layers = IntStream.range(0, specs.size()).mapToObj(table::layer).toList();
            List<Sequence> early = sequences(lab, specs, random);
            List<Sequence> late = sequences(lab, specs, random);
            for (int from : new int[]{0, 30, 31, 32}) {
                List<List<AttentionCheck.Part>> parts = IntStream.range(0, specs.size()).mapToObj(i -> from == 0
                        ? List.of(new AttentionCheck.Part(early.get(i), 0, 30))
                        : List.of(new AttentionCheck.Part(late.get(i), from - 30, 1),
                                new AttentionCheck.Part(early.get(i), from, 1)))
                        .toList();
                lab.device().write(table, AttentionCheck.rows(parts.getFirst()), AttentionCheck.spans(parts));
                for (int i = 0; i < specs.size(); i++) {
                    AttentionCheck.storeTogether(lab, layers.get(i), parts.get(i), random);
                    AttentionCheck.run(lab, layers.get(i), specs.get(i), parts.get(i), 1, random);
                }
            }
        }
    }

    private static List<Sequence> sequences(Lab lab, List<AttentionSpec> specs, Random random) {
        return specs.stream().map(spec -> new Sequence(lab, layout(KvFormats.F16, spec, 16), 33, random)).toList();
    }

    @Test
    default void aLongContextAgrees() {
        Random random = Seeds.random("long");
        var spec = spec(4, 2, 64, 64, 0);
        try (Lab lab = lab()) {
            var sequence = new Sequence(lab, layout(KvFormats.F16, spec, 64), 3001, random);
            sequence.store(0, 3001);
            AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 3000, 1)), random);
            AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 2990, 11)), random);
        }
    }

    @Test
    default void hugeEqualAndVanishingScoresAgree() {
        Random random = Seeds.random("extreme scores");
        for (double size : new double[]{0, 1e-42, 1e-20, 1, 3e3, 1e4}) {
            var spec = new AttentionSpec(4, 2, 16, 16, 1f, 0f, 0);
            try (Lab lab = lab()) {
                var sequence = new Sequence(lab, layout(KvFormats.F32, spec, 16), 70, random);
                sequence.store(0, 70);
                AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 60, 10)), size, random);
            }
        }
    }

    @Test
    default void extremeEntriesAgree() {
        Random random = Seeds.random("extreme entries");
        var spec = spec(2, 1, 33, 33, 0);
        try (Lab lab = lab()) {
            var sequence = new Sequence(lab, layout(KvFormats.F32, spec, 16),
                    new float[][][]{rough(50, 33, random)}, new float[][][]{rough(50, 33, random)});
            sequence.store(0, 50);
            AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 0, 50)), random);
        }
    }

    private static float[][] rough(int positions, int dim, Random random) {
        float[][] entries = new float[positions][];
        for (int i = 0; i < positions; i++) {
            entries[i] = Samples.rough(dim, random);
        }
        return entries;
    }

    private static AttentionSpec spec(int heads, int kvHeads, int keyDim, int valueDim, int window) {
        return new AttentionSpec(heads, kvHeads, keyDim, valueDim, (float) (1 / Math.sqrt(keyDim)), 0, window);
    }

    private static KvLayout layout(KvFormat format, AttentionSpec spec, int pageTokens) {
        return new KvLayout(format, format, spec.kvHeads(), spec.keyDim(), spec.valueDim(), pageTokens);
    }
}
