/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import java.util.List;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.host.HostSpan;
import io.pinyon.device.host.HostTensor;
import io.pinyon.device.support.PartShapes.Part;

/** Attention over a range of entries as {@link io.pinyon.device.AttentionPart} defines it, and parts made one. */
final class ScalarPartAttention {
    private ScalarPartAttention() {}

    static void attend(HostTensor queries, HostSpan span, AttentionSpec spec, int from, int to, Part<HostTensor> out) {
        int begin = Math.max(from, spec.firstVisible(span.firstPosition()));
        int end = Math.max(begin, Math.min(to, span.firstPosition() + span.rowCount()));
        int group = spec.heads() / spec.kvHeads();
        for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
            float[] keys = ScalarKv.keys(span.view(), kvHead, begin, end);
            float[] values = ScalarKv.values(span.view(), kvHead, begin, end);
            for (int i = 0; i < span.rowCount(); i++) {
                int row = span.firstRow() + i;
                int position = span.firstPosition() + i;
                int first = Math.max(begin, spec.firstVisible(position)) - begin;
                int last = Math.max(first, Math.min(end, position + 1) - begin) - 1;
                for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
                    double[] scores = ScalarAttention.scores(queries, row, head, keys, first, last, spec);
                    write(scores, values, first, out, row, head, spec.valueDim());
                }
            }
        }
    }

    private static void write(double[] scores, float[] values, int first, Part<HostTensor> out, int row, int head,
            int dim) {
        // sums are relative to the maximum that is written, not to the one before rounding
        float max = Float.NEGATIVE_INFINITY;
        for (double score : scores) {
            max = Math.max(max, (float) score);
        }
        double total = 0;
        double[] sums = new double[dim];
        for (int j = 0; j < scores.length; j++) {
            double weight = Math.exp(scores[j] - max);
            total += weight;
            for (int d = 0; d < dim; d++) {
                sums[d] += weight * values[(first + j) * dim + d];
            }
        }
        int state = out.states().row(row) + 2 * head;
        out.states().data()[state] = max;
        out.states().data()[state + 1] = (float) total;
        store(sums, 1, out.sums(), out.sums().row(row) + head * dim);
    }

    static void merge(List<Part<HostTensor>> parts, HostTensor out) {
        int heads = parts.getFirst().states().cols() / 2;
        int dim = out.cols() / heads;
        for (int row = 0; row < out.rows(); row++) {
            for (int head = 0; head < heads; head++) {
                merge(parts, row, head, dim, out);
            }
        }
    }

    private static void merge(List<Part<HostTensor>> parts, int row, int head, int dim, HostTensor out) {
        double max = Double.NEGATIVE_INFINITY;
        for (Part<HostTensor> part : parts) {
            max = Math.max(max, state(part, row, head, 0));
        }
        double total = 0;
        double[] sums = new double[dim];
        for (Part<HostTensor> part : parts) {
            double own = state(part, row, head, 0);
            // -infinity less -infinity is no number
            double factor = own == Double.NEGATIVE_INFINITY ? 0 : Math.exp(own - max);
            total += factor * state(part, row, head, 1);
            int first = part.sums().row(row) + head * dim;
            for (int d = 0; d < dim; d++) {
                sums[d] += factor * part.sums().data()[first + d];
            }
        }
        store(sums, total == 0 ? 1 : total, out, out.row(row) + head * dim);
    }

    private static double state(Part<HostTensor> part, int row, int head, int which) {
        return part.states().data()[part.states().row(row) + 2 * head + which];
    }

    private static void store(double[] sums, double divisor, HostTensor target, int offset) {
        for (int d = 0; d < sums.length; d++) {
            target.data()[offset + d] = (float) (sums[d] / divisor);
        }
    }
}
