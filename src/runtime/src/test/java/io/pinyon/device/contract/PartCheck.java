/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvTable;
import io.pinyon.device.Tensor;

import static org.assertj.core.api.Assertions.assertThat;

/** Divides the entries of stored sequences, and compares every part and what they merge to with the reference. */
final class PartCheck {
    private static final int ALL = Integer.MAX_VALUE;

    private final Lab lab;
    private final AttentionSpec spec;
    private final List<AttentionCheck.Part> spans;
    private final int rows;
    private final double factor;
    private final float[] queries;

    private PartCheck(Lab lab, AttentionSpec spec, List<AttentionCheck.Part> spans, double querySize, Random random) {
        this.lab = lab;
        this.spec = spec;
        this.spans = spans;
        this.rows = AttentionCheck.rows(spans);
        this.factor = Tolerances.attentionFactor(lab.compute(), rows,
                spans.getFirst().sequence().view().layout().keyFormat());
        this.queries = Samples.scaled(Samples.normal(rows * spec.heads() * spec.keyDim(), random), querySize);
    }

    static void run(Lab lab, AttentionSpec spec, List<AttentionCheck.Part> spans, int[] cuts, Random random) {
        run(lab, spec, spans, cuts, 1, random);
    }

    /**
     * Computes and compares the parts between cuts, those before the first and after the last included.
     *
     * @param spans rows and the sequences whose entries they see
     * @param cuts entries at which a part ends and the next begins; equal ones give empty parts
     * @param querySize standard deviation of the queries
     */
    static void run(Lab lab, AttentionSpec spec, List<AttentionCheck.Part> spans, int[] cuts, double querySize,
            Random random) {
        new PartCheck(lab, spec, spans, querySize, random).run(cuts, random);
    }

    private void run(int[] cuts, Random random) {
        int[] ends = Arrays.copyOf(cuts, cuts.length + 1);
        ends[cuts.length] = ALL;
        Arrays.sort(ends);
        KvTable.Layer entries = AttentionCheck.entries(lab, spans);
        Tensor asked = lab.tensor(rows, queries);
        List<AttentionPart> parts = new ArrayList<>();
        for (int i = 0; i < ends.length; i++) {
            var part = new AttentionPart(lab.poisoned(rows, spec.heads() * spec.valueDim()),
                    lab.poisoned(rows, 2 * spec.heads()));
            int from = i == 0 ? 0 : ends[i - 1];
            lab.ops().attention(asked, entries, spec, from, ends[i], part);
            compare(part, from, ends[i]);
            parts.add(part);
        }
        compareMerged(parts);
        Collections.shuffle(parts, random);
        compareMerged(parts);
    }

    private interface HeadCheck {
        void check(String what, int row, int head, PartReference expected);
    }

    private void forEveryHead(int from, int to, HeadCheck check) {
        int group = spec.heads() / spec.kvHeads();
        int row = 0;
        for (AttentionCheck.Part span : spans) {
            int end = span.firstPosition() + span.count();
            for (int head = 0; head < spec.heads(); head++) {
                float[][] keys = span.sequence().keys(head / group, end);
                float[][] values = span.sequence().values(head / group, end);
                for (int i = 0; i < span.count(); i++) {
                    int query = ((row + i) * spec.heads() + head) * spec.keyDim();
                    int position = span.firstPosition() + i;
                    check.check(
                            "%s, entries %d to %d, head %d at position %d".formatted(spec, from, to, head, position),
                            row + i, head, PartReference.of(Arrays.copyOfRange(queries, query, query + spec.keyDim()),
                                    keys, values, position, spec, from, to));
                }
            }
            row += span.count() + AttentionCheck.GAP;
        }
    }

    private void compare(AttentionPart part, int from, int to) {
        float[] sums = lab.read(part.sums());
        float[] states = lab.read(part.states());
        forEveryHead(from, to, (what, row, head, expected) -> {
            float max = states[2 * (row * spec.heads() + head)];
            float sum = states[2 * (row * spec.heads() + head) + 1];
            float[] weighted = head(sums, row, head);
            if (expected.seen() == 0) {
                assertThat(max).as(what).isEqualTo(Float.NEGATIVE_INFINITY);
                assertThat(sum).as(what).isZero();
                assertThat(weighted).as(what).containsOnly(0f);
                return;
            }
            Tolerances.assertWithin(what + ", m", new float[]{max}, new double[]{expected.max()},
                    new double[]{expected.maxBound(spec.keyDim(), factor)});
            // against the part's own maximum, which is part of the result
            double shift = Math.exp(expected.max() - max);
            double relative = expected.relative(spec.keyDim(), factor, 1) * shift * expected.sum();
            Tolerances.assertWithin(what + ", l", new float[]{sum}, new double[]{shift * expected.sum()},
                    new double[]{relative});
            Tolerances.assertWithin(what + ", o", weighted,
                    expected.weighted(shift),
                    expected.largest(relative));
        });
        int row = 0;
        for (AttentionCheck.Part span : spans) {
            row += span.count();
            for (int gap = 0; gap < AttentionCheck.GAP; gap++, row++) {
                int width = spec.heads() * spec.valueDim();
                assertThat(Arrays.copyOfRange(sums, row * width, (row + 1) * width)).as("sums of no span")
                        .containsOnly(Float.NaN);
                assertThat(Arrays.copyOfRange(states, row * 2 * spec.heads(), (row + 1) * 2 * spec.heads()))
                        .as("states of no span").containsOnly(Float.NaN);
            }
        }
    }

    private void compareMerged(List<AttentionPart> parts) {
        Tensor out = lab.poisoned(rows, spec.heads() * spec.valueDim());
        lab.ops().mergeAttention(parts, out);
        float[] merged = lab.read(out);
        forEveryHead(0, ALL, (what, row, head, expected) -> {
            double relative = expected.relative(spec.keyDim(), factor, parts.size());
            Tolerances.assertWithin(what + ", merged", head(merged, row, head),
                    expected.weighted(1 / expected.sum()),
                    expected.largest(relative));
        });
    }

    private float[] head(float[] rows, int row, int head) {
        int first = (row * spec.heads() + head) * spec.valueDim();
        return Arrays.copyOfRange(rows, first, first + spec.valueDim());
    }
}
