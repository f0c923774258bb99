/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.Arrays;

import io.pinyon.device.AttentionSpec;

/** What {@link io.pinyon.device.AttentionPart} says of one query head, in double precision over plain arrays. */
final class PartReference {
    private final double max;
    private final double sum;
    private final double[] weighted;
    private final double scoreMagnitude;
    private final int seen;
    private final double[] largest;

    private PartReference(double max, double sum, double[] weighted, double scoreMagnitude, int seen,
            double[] largest) {
        this.max = max;
        this.sum = sum;
        this.weighted = weighted;
        this.scoreMagnitude = scoreMagnitude;
        this.seen = seen;
        this.largest = largest;
    }

    /** {@code m}; negative infinity without entries. */
    double max() {
        return max;
    }

    /** {@code l}. */
    double sum() {
        return sum;
    }

    /** {@code o}, times a factor. */
    double[] weighted(double factor) {
        return Arrays.stream(weighted).map(o -> o * factor).toArray();
    }

    /** For each element the largest magnitude of a value that takes part, times a factor. */
    double[] largest(double factor) {
        return Arrays.stream(largest).map(v -> v * factor).toArray();
    }

    /** Entries that count. */
    int seen() {
        return seen;
    }

    /**
     * Entries in a range.
     *
     * @param keys {@code [positions][keyDim]}
     * @param values {@code [positions][valueDim]}
     * @param position of the query
     * @param from first entry that counts
     * @param to entry after the last that counts
     */
    static PartReference of(float[] query, float[][] keys, float[][] values, int position, AttentionSpec spec, int from,
            int to) {
        double[] scores = new double[position + 1];
        double max = Double.NEGATIVE_INFINITY;
        double magnitude = 0;
        int seen = 0;
        for (int j = 0; j <= position; j++) {
            if (counts(j, position, spec, from, to)) {
                double sizes = 0;
                for (int d = 0; d < query.length; d++) {
                    double term = (double) spec.scale() * query[d] * keys[j][d];
                    scores[j] += term;
                    sizes += Math.abs(term);
                }
                if (spec.softcap() != 0) {
                    scores[j] = spec.softcap() * Math.tanh(scores[j] / spec.softcap());
                }
                max = Math.max(max, scores[j]);
                magnitude = Math.max(magnitude, sizes);
                seen++;
            }
        }
        double sum = 0;
        double[] weighted = new double[spec.valueDim()];
        double[] largest = new double[spec.valueDim()];
        for (int j = 0; j <= position; j++) {
            double weight = counts(j, position, spec, from, to) ? Math.exp(scores[j] - max) : 0;
            sum += weight;
            for (int d = 0; weight > 0 && d < spec.valueDim(); d++) {
                weighted[d] += weight * values[j][d];
                largest[d] = Math.max(largest[d], Math.abs(values[j][d]));
            }
        }
        return new PartReference(max, sum, weighted, magnitude + spec.softcap(), seen, largest);
    }

    private static boolean counts(int entry, int position, AttentionSpec spec, int from, int to) {
        return entry >= from && entry < to && (spec.window() == 0 || position - entry < spec.window());
    }

    /** Error of the maximum. */
    double maxBound(int keyDim, double factor) {
        return (Tolerances.dot(keyDim) + 2 * factor + Tolerances.TRANSCENDENTAL) * scoreMagnitude;
    }

    /**
     * Error relative to the sum, or of values to the sum times the largest of them.
     *
     * @param factor rounding of queries and of weights, see {@link Tolerances#attentionFactor}
     * @param parts how many are merged
     */
    double relative(int keyDim, double factor, int parts) {
        return Tolerances.attention(scoreMagnitude, keyDim, seen, factor) + Tolerances.dot(parts)
                + Tolerances.TRANSCENDENTAL * (1 + scoreMagnitude / 4);
    }
}
