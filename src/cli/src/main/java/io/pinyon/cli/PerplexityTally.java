/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.Arrays;

/** What was seen of the tokens of a text: how likely they were, and how far two ways of computing them differ. */
final class PerplexityTally {
    private double sum;
    private double sumOfSquares;
    private int scored;
    private double[] divergences = new double[1024];
    private int compared;
    private int agreed;

    /**
     * Counts the token that followed.
     *
     * @param logits rows of the size of the vocabulary
     * @param row which row
     */
    void score(float[] logits, int row, int vocabulary, int token) {
        int offset = row * vocabulary;
        double loss = Distributions.logSumExp(logits, offset, vocabulary) - logits[offset + token];
        sum += loss;
        sumOfSquares += loss * loss;
        scored++;
    }

    /** Compares two computations of one row. */
    void compare(float[] reference, float[] judged, int row, int vocabulary) {
        int offset = row * vocabulary;
        if (compared == divergences.length) {
            divergences = Arrays.copyOf(divergences, 2 * compared);
        }
        divergences[compared++] = Distributions.divergence(reference, judged, offset, vocabulary);
        if (Distributions.argmax(reference, offset, vocabulary) == Distributions.argmax(judged, offset, vocabulary)) {
            agreed++;
        }
    }

    /** Tokens that were scored. */
    int scored() {
        return scored;
    }

    /** e to the mean loss. */
    double perplexity() {
        return Math.exp(sum / scored);
    }

    /** Standard error of the perplexity, taking tokens as independent. */
    double standardError() {
        double mean = sum / scored;
        double variance = Math.max(0, sumOfSquares / scored - mean * mean);
        return perplexity() * Math.sqrt(variance / scored);
    }

    /** Whether two computations were compared. */
    boolean hasComparison() {
        return compared > 0;
    }

    /** Mean divergence in nats. */
    double meanDivergence() {
        return Arrays.stream(divergences, 0, compared).average().orElse(Double.NaN);
    }

    /** The divergence that 99 of 100 tokens do not exceed. */
    double divergence99() {
        double[] sorted = Arrays.copyOf(divergences, compared);
        Arrays.sort(sorted);
        return sorted[Math.clamp((long) Math.ceil(0.99 * compared) - 1, 0, compared - 1)];
    }

    /** Share of the tokens at which both have the same favourite. */
    double agreement() {
        return (double) agreed / compared;
    }
}
