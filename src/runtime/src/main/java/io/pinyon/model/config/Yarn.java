/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

/**
 * YaRN (arXiv 2309.00071): pairs that turn often are kept, those that turn rarely are interpolated, a ramp between.
 *
 * @param factor how much slower
 * @param trainedContext tokens
 * @param magnitude factor on cosine and sine
 * @param betaFast turns within the trained context from which on a pair is kept
 * @param betaSlow turns within the trained context up to which a pair is interpolated
 * @param wholePairs whether the ends of the ramp are rounded outwards to whole pairs
 */
public record Yarn(double factor, int trainedContext, double magnitude, double betaFast, double betaSlow,
        boolean wholePairs) implements RopeScaling {
    /** The paper's fast end. */
    public static final double BETA_FAST = 32;
    /** The paper's slow end. */
    public static final double BETA_SLOW = 1;
    /** Keeps a ramp of no length from dividing by zero. */
    private static final double SHORTEST_RAMP = 0.001;

    /** The recommended magnitude, {@code 0.1 strength ln(factor) + 1}. */
    public static double magnitude(double factor, double strength) {
        return factor <= 1 ? 1 : 0.1 * strength * Math.log(factor) + 1;
    }

    @Override
    public String type() {
        return "yarn";
    }

    @Override
    public double[] inverseFrequencies(double base, int dim, int context) {
        double first = Math.max(0, pairOfTurns(betaFast, base, dim, true));
        double last = Math.min(dim - 1, pairOfTurns(betaSlow, base, dim, false));
        double ramp = first == last ? SHORTEST_RAMP : last - first;
        double[] speeds = RopeScaling.plain(base, dim);
        for (int i = 0; i < speeds.length; i++) {
            double interpolated = Math.clamp((i - first) / ramp, 0, 1);
            speeds[i] *= (1 - interpolated) + interpolated / factor;
        }
        return speeds;
    }

    /** The pair, as a real number, that turns so many times within the trained context. */
    private double pairOfTurns(double turns, double base, int dim, boolean down) {
        double pair = dim * Math.log(trainedContext / (turns * 2 * Math.PI)) / (2 * Math.log(base));
        if (!wholePairs) {
            return pair;
        }
        return down ? Math.floor(pair) : Math.ceil(pair);
    }
}
