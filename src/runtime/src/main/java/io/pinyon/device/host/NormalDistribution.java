/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

/** The standard normal distribution, for the exact GELU. */
public final class NormalDistribution {
    private static final double HALF_LOG_TWO_PI = 0.9189385332046728;

    private NormalDistribution() {}

    /**
     * The distribution function {@code Phi(x)}, absolute error below 1e-15, by the series of Marsaglia, "Evaluating the
     * Normal Distribution", Journal of Statistical Software 11(4), 2004.
     */
    public static double cumulative(double x) {
        // beyond 9 the tail is below 1e-18, and the series would overflow its density factor
        if (x < -9) {
            return 0;
        }
        if (x > 9) {
            return 1;
        }
        if (Double.isNaN(x)) {
            return x;
        }
        double sum = x;
        double term = x;
        double previous = 0;
        for (int i = 3; sum != previous; i += 2) {
            previous = sum;
            term *= x * x / i;
            sum += term;
        }
        return 0.5 + sum * Math.exp(-0.5 * x * x - HALF_LOG_TWO_PI);
    }
}
