/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import io.pinyon.device.Activation;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Ops;
import io.pinyon.device.Rope;
import io.pinyon.format.KvFormat;
import io.pinyon.format.TensorData;

/**
 * The formulas of {@link Ops} once more, in double precision over plain arrays; shares no code with any device.
 *
 * <p>Where a result is a sum it also returns what the error is to be measured by.
 */
final class Reference {
    /** What is expected, and for each value the scale of its rounding errors. */
    static final class Result {
        private final double[] values;
        private final double[] magnitudes;

        Result(int count) {
            values = new double[count];
            magnitudes = new double[count];
        }

        double[] values() {
            return values;
        }

        double[] magnitudes() {
            return magnitudes;
        }

        double[] bounds(double relative) {
            return Arrays.stream(magnitudes).map(m -> relative * m).toArray();
        }
    }

    private Reference() {}

    /** {@code x [rows, k]} times the transpose of {@code weights [n, k]}. */
    static Result matmul(float[] x, int rows, TensorData weights) {
        float[] w = weights.toFloats();
        int n = (int) weights.rows();
        int k = (int) weights.cols();
        var result = new Result(rows * n);
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < n; j++) {
                for (int i = 0; i < k; i++) {
                    double term = (double) x[r * k + i] * w[j * k + i];
                    result.values[r * n + j] += term;
                    result.magnitudes[r * n + j] += Math.abs(term);
                }
            }
        }
        return result;
    }

    static double[] rmsNorm(float[] x, int rows, float[] weight, float epsilon) {
        int dim = weight.length;
        double[] out = new double[x.length];
        for (int r = 0; r < rows; r++) {
            double squares = 0;
            for (int i = 0; i < dim; i++) {
                squares += Math.pow(x[r * dim + i], 2);
            }
            for (int i = 0; i < dim; i++) {
                out[r * dim + i] = x[r * dim + i] * Math.pow(squares / dim + epsilon, -0.5) * weight[i];
            }
        }
        return out;
    }

    static double activation(Activation activation, double x) {
        return switch (activation) {
            case SILU -> x * (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
            case GELU -> x * normal(x);
            case GELU_TANH -> x * 0.5 * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * Math.pow(x, 3))));
        };
    }

    /** The normal distribution function by Simpson's rule from 0. */
    private static double normal(double x) {
        double end = Math.clamp(x, -12, 12);
        int steps = 2000;
        double h = end / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            int weight = i == 0 || i == steps ? 1 : i % 2 == 0 ? 2 : 4;
            sum += weight * Math.exp(-0.5 * (i * h) * (i * h));
        }
        return 0.5 + sum * h / 3 / Math.sqrt(2 * Math.PI);
    }

    /** Turns one head by complex multiplication. */
    static double[] rope(float[] head, int position, Rope rope) {
        double[] out = new double[head.length];
        int pairs = rope.inverseFrequencies().size();
        for (int i = 0; i < head.length; i++) {
            out[i] = head[i];
        }
        for (int i = 0; i < pairs; i++) {
            int re = rope.style() == Rope.Style.NEIGHBOURS ? 2 * i : i;
            int im = rope.style() == Rope.Style.NEIGHBOURS ? 2 * i + 1 : i + pairs;
            double angle = position * (double) rope.inverseFrequencies().get(i);
            out[re] = rope.magnitude() * (head[re] * Math.cos(angle) - head[im] * Math.sin(angle));
            out[im] = rope.magnitude() * (head[im] * Math.cos(angle) + head[re] * Math.sin(angle));
        }
        return out;
    }

    /** What a page gives back for a vector stored in it. */
    static float[] stored(KvFormat format, float[] vector) {
        float[] back = new float[vector.length];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = arena.allocate(format.entryBytes(vector.length));
            format.encode(vector, 0, entry, 0, vector.length);
            format.decode(entry, 0, back, 0, vector.length);
        }
        return back;
    }

    /**
     * One query head over all entries of its KV head.
     *
     * @param keys {@code [positions][keyDim]}
     * @param values {@code [positions][valueDim]}
     * @param position position of the query; later entries are not seen
     */
    static Result attention(float[] query, float[][] keys, float[][] values, int position, AttentionSpec spec,
            double factor) {
        double[] weights = new double[position + 1];
        double top = Double.NEGATIVE_INFINITY;
        double scoreMagnitude = 0;
        int seen = 0;
        for (int j = 0; j <= position; j++) {
            if (spec.window() > 0 && position - j >= spec.window()) {
                weights[j] = Double.NEGATIVE_INFINITY;
                continue;
            }
            double magnitude = 0;
            for (int d = 0; d < spec.keyDim(); d++) {
                weights[j] += spec.scale() * query[d] * (double) keys[j][d];
                magnitude += Math.abs(spec.scale() * query[d] * (double) keys[j][d]);
            }
            if (spec.softcap() != 0) {
                weights[j] = spec.softcap() * Math.tanh(weights[j] / spec.softcap());
            }
            top = Math.max(top, weights[j]);
            scoreMagnitude = Math.max(scoreMagnitude, magnitude);
            seen++;
        }
        double total = 0;
        for (int j = 0; j <= position; j++) {
            weights[j] = Math.exp(weights[j] - top);
            total += weights[j];
        }
        var result = new Result(spec.valueDim());
        double relative = Tolerances.attention(scoreMagnitude + spec.softcap(), spec.keyDim(), seen, factor);
        for (int d = 0; d < spec.valueDim(); d++) {
            double largest = 0;
            for (int j = 0; j <= position; j++) {
                if (weights[j] > 0) {
                    result.values[d] += weights[j] / total * values[j][d];
                    largest = Math.max(largest, Math.abs(values[j][d]));
                }
            }
            result.magnitudes[d] = relative * largest;
        }
        return result;
    }
}
