/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

/** Merges what the device and the host have found about the same rows, by log-sum-exp. */
final class PartMerge {
    private static final double LN2 = Math.log(2);

    private PartMerge() {}

    /** What was found about the heads of some rows. */
    static final class Part {
        private final float[] sums;
        private final float[] states;

        /**
         * @param sums {@code [rows, heads, valueDim]}, weighted relative to the maximum
         * @param states {@code [rows, heads, 2]}: maximum and sum of the weights
         */
        Part(float[] sums, float[] states) {
            this.sums = sums;
            this.states = states;
        }

        /** To be written to. */
        float[] sums() {
            return sums;
        }

        /** To be written to. */
        float[] states() {
            return states;
        }
    }

    /**
     * Writes {@code o / l} of both together; 0 for heads that neither has an entry for.
     *
     * @param device maxima as exponents of 2
     * @param host maxima as exponents of e
     * @param out {@code [rows, heads, valueDim]}
     */
    static void merge(Part device, Part host, int valueDim, float[] out) {
        for (int head = 0; head < out.length / valueDim; head++) {
            double deviceMaximum = device.states()[2 * head] * LN2;
            double hostMaximum = host.states()[2 * head];
            double maximum = Math.max(deviceMaximum, hostMaximum);
            double deviceFactor = factor(deviceMaximum, maximum);
            double hostFactor = factor(hostMaximum, maximum);
            double total = deviceFactor * device.states()[2 * head + 1] + hostFactor * host.states()[2 * head + 1];
            for (int i = head * valueDim; i < (head + 1) * valueDim; i++) {
                double sum = (deviceFactor == 0 ? 0 : deviceFactor * device.sums()[i])
                        + (hostFactor == 0 ? 0 : hostFactor * host.sums()[i]);
                out[i] = total == 0 ? 0 : (float) (sum / total);
            }
        }
    }

    private static double factor(double maximum, double greatest) {
        return maximum == Double.NEGATIVE_INFINITY ? 0 : Math.exp(maximum - greatest);
    }
}
