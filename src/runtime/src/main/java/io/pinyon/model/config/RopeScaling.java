/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.List;

/** How rotary frequencies are changed so that a model reads further than it was first trained to. */
public sealed interface RopeScaling
        permits RopeScaling.None, RopeScaling.Linear, RopeScaling.Dynamic, RopeScaling.Llama3,
        RopeScaling.Divisors, RopeScaling.LongRope, Yarn {
    /** The name in a Hugging Face configuration, for example {@code yarn}. */
    String type();

    /**
     * The turning speeds of all pairs.
     *
     * @param base base of the geometric series
     * @param dim elements that turn, even
     * @param context tokens that the caller means to use
     * @return {@code dim / 2} values, in radians per position
     */
    double[] inverseFrequencies(double base, int dim, int context);

    /** Factor on cosine and sine. */
    default double magnitude() {
        return 1;
    }

    /** {@code base^(-2i/dim)} (arXiv 2104.09864). */
    static double[] plain(double base, int dim) {
        double[] speeds = new double[dim / 2];
        for (int i = 0; i < speeds.length; i++) {
            speeds[i] = Math.pow(base, -2.0 * i / dim);
        }
        return speeds;
    }

    /** As trained. */
    record None() implements RopeScaling {
        @Override
        public String type() {
            return "default";
        }

        @Override
        public double[] inverseFrequencies(double base, int dim, int context) {
            return plain(base, dim);
        }
    }

    /**
     * Position interpolation (arXiv 2306.15595): every speed divided by one factor.
     *
     * @param factor how much slower
     */
    record Linear(double factor) implements RopeScaling {
        @Override
        public String type() {
            return "linear";
        }

        @Override
        public double[] inverseFrequencies(double base, int dim, int context) {
            double[] speeds = plain(base, dim);
            for (int i = 0; i < speeds.length; i++) {
                speeds[i] /= factor;
            }
            return speeds;
        }
    }

    /**
     * Dynamic NTK: a larger base, the further the context exceeds the trained one.
     *
     * @param factor strength
     * @param trainedContext tokens below which nothing changes
     */
    record Dynamic(double factor, int trainedContext) implements RopeScaling {
        @Override
        public String type() {
            return "dynamic";
        }

        @Override
        public double[] inverseFrequencies(double base, int dim, int context) {
            double stretch = factor * Math.max(context, trainedContext) / trainedContext - (factor - 1);
            return plain(base * Math.pow(stretch, dim / (dim - 2.0)), dim);
        }
    }

    /**
     * Llama 3.1: slow pairs slowed down, fast ones kept, a ramp between (Llama 3 report, arXiv 2407.21783).
     *
     * @param factor how much slower
     * @param lowFactor turns within the trained context up to which a pair is slow
     * @param highFactor turns within the trained context from which on a pair is fast
     * @param trainedContext tokens
     */
    record Llama3(double factor, double lowFactor, double highFactor, int trainedContext) implements RopeScaling {
        @Override
        public String type() {
            return "llama3";
        }

        @Override
        public double[] inverseFrequencies(double base, int dim, int context) {
            double[] speeds = plain(base, dim);
            for (int i = 0; i < speeds.length; i++) {
                double turns = trainedContext * speeds[i] / (2 * Math.PI);
                double kept = Math.clamp((turns - lowFactor) / (highFactor - lowFactor), 0, 1);
                speeds[i] *= kept + (1 - kept) / factor;
            }
            return speeds;
        }
    }

    /**
     * A divisor for every pair, as GGUF files store Llama 3.1's scaling.
     *
     * @param divisors one for each pair
     */
    record Divisors(List<Double> divisors) implements RopeScaling {
        /** Copies the divisors. */
        public Divisors {
            divisors = List.copyOf(divisors);
        }

        @Override
        public String type() {
            return "divisors";
        }

        @Override
        public double[] inverseFrequencies(double base, int dim, int context) {
            return divided(plain(base, dim), divisors);
        }
    }

    /**
     * LongRoPE (arXiv 2402.13753): one list of divisors within the trained context, another beyond.
     *
     * @param shortDivisors one for each pair
     * @param longDivisors one for each pair
     * @param trainedContext up to which context the short ones hold
     * @param magnitude factor on cosine and sine
     */
    record LongRope(List<Double> shortDivisors, List<Double> longDivisors, int trainedContext,
            double magnitude) implements RopeScaling {
        /** Copies the divisors. */
        public LongRope {
            shortDivisors = List.copyOf(shortDivisors);
            longDivisors = List.copyOf(longDivisors);
        }

        /** The recommended magnitude for a context that was stretched by a factor. */
        public static double magnitude(double factor, int trainedContext) {
            return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trainedContext));
        }

        @Override
        public String type() {
            return "longrope";
        }

        @Override
        public double[] inverseFrequencies(double base, int dim, int context) {
            return divided(plain(base, dim), context > trainedContext ? longDivisors : shortDivisors);
        }
    }

    private static double[] divided(double[] speeds, List<Double> divisors) {
        for (int i = 0; i < speeds.length; i++) {
            speeds[i] /= divisors.get(i);
        }
        return speeds;
    }
}
