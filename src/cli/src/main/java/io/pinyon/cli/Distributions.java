/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

/** Facts about rows of logits, which stand for probabilities by softmax. */
final class Distributions {
    private Distributions() {}

    /** ln of the sum of e to the logits, computed without overflow. */
    static double logSumExp(float[] logits, int offset, int count) {
        float max = logits[best(logits, offset, count)];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(logits[offset + i] - max);
        }
        return max + Math.log(sum);
    }

    /** Position, from the offset, of the largest logit; the first one of equals. */
    static int argmax(float[] logits, int offset, int count) {
        return best(logits, offset, count) - offset;
    }

    private static int best(float[] logits, int offset, int count) {
        int best = offset;
        for (int i = offset + 1; i < offset + count; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    /**
     * Kullback-Leibler divergence in nats of the second distribution from the first.
     *
     * @param p logits of the reference
     * @param q logits of what is judged, at the same place
     */
    static double divergence(float[] p, float[] q, int offset, int count) {
        double normP = logSumExp(p, offset, count);
        double normQ = logSumExp(q, offset, count);
        double sum = 0;
        for (int i = offset; i < offset + count; i++) {
            double logP = p[i] - normP;
            double probability = Math.exp(logP);
            if (probability > 0) {
                sum += probability * (logP - (q[i] - normQ));
            }
        }
        return Math.max(0, sum);
    }
}
