/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.Arrays;

import io.pinyon.device.Compute;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How far a device may be from the exact result of its float32 inputs: in all there is, kept in one place.
 *
 * <p>Sums are judged against the sum of the magnitudes of their terms, because that is what rounding errors grow with; a
 * bound relative to the result would have to forgive everything where terms cancel.
 */
public final class Tolerances {
    /** Unit roundoff of float32. */
    static final double ROUNDOFF = 0x1p-24;

    /** Smallest normal float32; devices may treat anything below as zero. */
    static final double SMALLEST_NORMAL = Float.MIN_NORMAL;

    /** An operation or two per element. */
    static final double ELEMENT = 4 * ROUNDOFF;

    /** Elements that go through exp, tanh, erf, sine or cosine. */
    static final double TRANSCENDENTAL = 32 * ROUNDOFF;

    private static final double F16_ROUNDOFF = 0x1p-11;
    private static final double BF16_ROUNDOFF = 0x1p-8;

    /** Up to here products are float32 in any case. */
    private static final int FEW_ROWS = 16;

    private Tolerances() {}

    /** Relative to the magnitude of the terms of a float32 sum of this many products, in any order. */
    static double dot(int terms) {
        return (4 + 2 * Math.sqrt(terms)) * ROUNDOFF;
    }

    /** Of a matrix product: factors of many rows may be rounded to bfloat16, and their sums cut off early. */
    static double product(Compute compute, int rows, int terms) {
        return rounds(compute, rows) ? 2 * BF16_ROUNDOFF + BF16_ROUNDOFF * BF16_ROUNDOFF + 4 * dot(terms) : dot(terms);
    }

    /** Rounding of the factors of attention: to the format of the keys, where that has 16 bits. */
    static double attentionFactor(Compute compute, int rows, KvFormat keys) {
        if (!rounds(compute, rows) || keys.equals(KvFormats.F32)) {
            return 0;
        }
        return keys.equals(KvFormats.F16) ? F16_ROUNDOFF : BF16_ROUNDOFF;
    }

    private static boolean rounds(Compute compute, int rows) {
        return compute == Compute.BF16 && rows > FEW_ROWS;
    }

    /** Of an angle in radians that was computed in float32 from a position. */
    static double angle(double radians) {
        return TRANSCENDENTAL + 2 * ROUNDOFF * Math.abs(radians);
    }

    /**
     * Relative to the largest value that takes part: weights are exponentials of scores, so an absolute error of a score
     * is a relative one of a weight.
     *
     * @param scoreMagnitude largest sum of magnitudes behind a score
     * @param keyDim terms of a score
     * @param entries keys that a query sees
     * @param factor rounding of queries and of weights, see {@link #attentionFactor}
     */
    static double attention(double scoreMagnitude, int keyDim, int entries, double factor) {
        double rounding = Math.min(2, Math.expm1(2 * 2 * factor * scoreMagnitude)) + 2 * factor;
        return 2 * dot(keyDim) * scoreMagnitude + TRANSCENDENTAL + dot(entries) + rounding;
    }

    /** Every element within its bound; reports the first that is not. */
    static void assertWithin(String what, float[] actual, double[] expected, double[] bounds) {
        assertThat(actual.length).as(what).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            double bound = bounds[i] + SMALLEST_NORMAL;
            if (!(Math.abs(actual[i] - expected[i]) <= bound)) {
                throw new AssertionError("%s: element %d is %s, expected %s within %s".formatted(what, i, actual[i],
                        expected[i], bound));
            }
        }
    }

    /** Every element within a relative bound. */
    static void assertRelative(String what, float[] actual, double[] expected, double relative) {
        assertWithin(what, actual, expected, Arrays.stream(expected).map(e -> relative * Math.abs(e)).toArray());
    }
}
