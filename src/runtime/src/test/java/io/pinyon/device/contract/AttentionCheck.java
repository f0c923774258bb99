/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormat;

import static org.assertj.core.api.Assertions.assertThat;

/** Runs attention of one step over stored sequences and compares every head of every row with the reference. */
final class AttentionCheck {
    /**
     * Rows of one sequence.
     *
     * @param sequence the entries, stored up to the last row's position
     * @param firstPosition position of the first row
     * @param count number of rows
     */
    record Part(Sequence sequence, int firstPosition, int count) {}

    /** Rows between the parts that belong to nobody. */
    static final int GAP = 1;

    private AttentionCheck() {}

    static void run(Lab lab, AttentionSpec spec, List<Part> parts, Random random) {
        run(lab, spec, parts, 1, random);
    }

    /** With queries of this standard deviation. */
    static void run(Lab lab, AttentionSpec spec, List<Part> parts, double querySize, Random random) {
        run(lab, entries(lab, parts), spec, parts, querySize, random);
    }

    /** With a layer that was written for these parts. */
    static void run(Lab lab, KvTable.Layer entries, AttentionSpec spec, List<Part> parts, double querySize,
            Random random) {
        int rows = rows(parts);
        float[] queries = Samples.scaled(Samples.normal(rows * spec.heads() * spec.keyDim(), random), querySize);
        Tensor out = lab.poisoned(rows, spec.heads() * spec.valueDim());
        lab.ops().attention(lab.tensor(rows, queries), entries, spec, out);
        float[] result = lab.read(out);
        KvFormat keyFormat = parts.getFirst().sequence().view().layout().keyFormat();
        double factor = Tolerances.attentionFactor(lab.compute(), rows, keyFormat);
        int row = 0;
        for (Part part : parts) {
            compare(part, row, spec, queries, result, factor);
            row += part.count();
            for (int gap = 0; gap < GAP; gap++, row++) {
                int width = spec.heads() * spec.valueDim();
                assertThat(Arrays.copyOfRange(result, row * width, (row + 1) * width)).as("row of no span")
                        .containsOnly(Float.NaN);
            }
        }
    }

    /** Stores the rows of all parts in one step. */
    static void storeTogether(Lab lab, KvTable.Layer entries, List<Part> parts, Random random) {
        KvLayout layout = parts.getFirst().sequence().view().layout();
        int rows = rows(parts);
        float[] keys = Samples.normal(rows * layout.kvHeads() * layout.keyDim(), random);
        float[] values = Samples.normal(rows * layout.kvHeads() * layout.valueDim(), random);
        int row = 0;
        for (Part part : parts) {
            part.sequence().fill(keys, values, row, part.firstPosition(), part.count());
            row += part.count() + GAP;
        }
        lab.ops().storeKv(lab.tensor(rows, keys), lab.tensor(rows, values), entries);
    }

    private static void compare(Part part, int firstRow, AttentionSpec spec, float[] queries, float[] result,
            double factor) {
        int group = spec.heads() / spec.kvHeads();
        for (int head = 0; head < spec.heads(); head++) {
            int end = part.firstPosition() + part.count();
            float[][] keys = part.sequence().keys(head / group, end);
            float[][] values = part.sequence().values(head / group, end);
            for (int i = 0; i < part.count(); i++) {
                int q = ((firstRow + i) * spec.heads() + head) * spec.keyDim();
                int o = ((firstRow + i) * spec.heads() + head) * spec.valueDim();
                int position = part.firstPosition() + i;
                Reference.Result expected = Reference.attention(
                        Arrays.copyOfRange(queries, q, q + spec.keyDim()), keys, values, position, spec, factor);
                Tolerances.assertWithin("%s, head %d at position %d".formatted(spec, head, position),
                        Arrays.copyOfRange(result, o, o + spec.valueDim()), expected.values(), expected.magnitudes());
            }
        }
    }

    /** A layer that is written for these parts. */
    static KvTable.Layer entries(Lab lab, List<Part> parts) {
        return lab.entries(rows(parts), spans(List.of(parts)));
    }

    /** Rows of a step of these parts. */
    static int rows(List<Part> parts) {
        return parts.stream().mapToInt(part -> part.count() + GAP).sum();
    }

    /** Spans of a step whose parts are the same rows and positions in every layer. */
    static List<KvSpan> spans(List<List<Part>> layers) {
        List<KvSpan> spans = new ArrayList<>();
        int row = 0;
        for (int i = 0; i < layers.getFirst().size(); i++) {
            int index = i;
            Part part = layers.getFirst().get(i);
            spans.add(new KvSpan(layers.stream().map(parts -> parts.get(index).sequence().view()).toList(), row,
                    part.count(), part.firstPosition()));
            row += part.count() + GAP;
        }
        return spans;
    }
}
