/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.host.HostSpan;
import io.pinyon.device.host.HostTensor;

/** Causal attention, one query head at a time over decoded entries. */
final class ScalarAttention {
    private ScalarAttention() {}

    static void attend(HostTensor queries, HostSpan span, AttentionSpec spec, HostTensor out) {
        int from = spec.firstVisible(span.firstPosition());
        int to = span.firstPosition() + span.rowCount();
        int group = spec.heads() / spec.kvHeads();
        for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
            float[] keys = ScalarKv.keys(span.view(), kvHead, from, to);
            float[] values = ScalarKv.values(span.view(), kvHead, from, to);
            for (int i = 0; i < span.rowCount(); i++) {
                int row = span.firstRow() + i;
                int position = span.firstPosition() + i;
                int first = spec.firstVisible(position) - from;
                int last = position - from;
                for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
                    double[] weights = softmax(scores(queries, row, head, keys, first, last, spec));
                    mix(weights, values, first, spec.valueDim(), out.data(), out.row(row) + head * spec.valueDim());
                }
            }
        }
    }

    /** Scores of a head's query with the keys from first to last, both inclusive. */
    static double[] scores(HostTensor queries, int row, int head, float[] keys, int first, int last,
            AttentionSpec spec) {
        double[] scores = new double[last - first + 1];
        int query = queries.row(row) + head * spec.keyDim();
        for (int j = 0; j < scores.length; j++) {
            double score = spec.scale() * ScalarMatmul.dot(queries.data(), query, keys,
                    (first + j) * spec.keyDim(), spec.keyDim());
            scores[j] = spec.softcap() > 0 ? ScalarElementwise.softcap(score, spec.softcap()) : score;
        }
        return scores;
    }

    private static double[] softmax(double[] scores) {
        double max = Double.NEGATIVE_INFINITY;
        for (double score : scores) {
            max = Math.max(max, score);
        }
        double[] weights = new double[scores.length];
        double sum = 0;
        for (int j = 0; j < scores.length; j++) {
            weights[j] = Math.exp(scores[j] - max);
            sum += weights[j];
        }
        for (int j = 0; j < scores.length; j++) {
            weights[j] /= sum;
        }
        return weights;
    }

    private static void mix(double[] weights, float[] values, int first, int dim, float[] out, int offset) {
        double[] sums = new double[dim];
        for (int j = 0; j < weights.length; j++) {
            for (int d = 0; d < dim; d++) {
                sums[d] += weights[j] * values[(first + j) * dim + d];
            }
        }
        for (int d = 0; d < dim; d++) {
            out[offset + d] = (float) sums[d];
        }
    }
}
