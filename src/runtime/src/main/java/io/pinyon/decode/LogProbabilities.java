/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/** Probabilities of softmax distributions given by logits, in natural logarithms and double precision. */
public final class LogProbabilities {
    private LogProbabilities() {}

    /**
     * The logarithm of the sum of exponentials, without overflow.
     *
     * @param logits a row of logits lies at {@code [offset, offset + length)}
     */
    public static double logSumExp(float[] logits, int offset, int length) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = offset; i < offset + length; i++) {
            max = Math.max(max, logits[i]);
        }
        double sum = 0;
        for (int i = offset; i < offset + length; i++) {
            sum += Math.exp(logits[i] - (double) max);
        }
        return max + Math.log(sum);
    }

    /**
     * Log-probability of one token.
     *
     * @param logits a row of logits lies at {@code [offset, offset + length)}
     * @param token its index in the row
     */
    public static double of(float[] logits, int offset, int length, int token) {
        return logits[offset + token] - logSumExp(logits, offset, length);
    }

    /**
     * Kullback-Leibler divergence of an approximation from a reference, in nats; at least 0.
     *
     * @param reference the row of the distribution p lies at {@code [referenceOffset, referenceOffset + length)}
     * @param approximation the row of q lies at {@code [offset, offset + length)}
     * @return {@code sum p * (log p - log q)}
     */
    public static double divergence(float[] reference, int referenceOffset, float[] approximation, int offset,
            int length) {
        double p0 = logSumExp(reference, referenceOffset, length);
        double q0 = logSumExp(approximation, offset, length);
        double sum = 0;
        for (int i = 0; i < length; i++) {
            double p = reference[referenceOffset + i] - p0;
            double q = approximation[offset + i] - q0;
            sum += Math.exp(p) * (p - q);
        }
        return Math.max(0, sum);
    }

    /**
     * Index of the highest logit in the row, the lowest of equal ones.
     *
     * @param logits a row of logits lies at {@code [offset, offset + length)}
     */
    public static int argmax(float[] logits, int offset, int length) {
        int best = 0;
        for (int i = 1; i < length; i++) {
            if (logits[offset + i] > logits[offset + best]) {
                best = i;
            }
        }
        return best;
    }
}
