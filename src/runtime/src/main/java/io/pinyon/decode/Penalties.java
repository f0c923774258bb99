/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.Arrays;

/**
 * Makes tokens that occurred among the last ones less probable.
 *
 * <p>For a token that occurred n times: a positive logit is divided by the repetition penalty and a negative one
 * multiplied with it (Keskar et al., "CTRL: a conditional transformer language model", 2019); then
 * {@code n * frequency + presence} is subtracted, as the OpenAI API defines these two.
 */
public final class Penalties implements Sampler {
    private static final int FIRST_CAPACITY = 64;

    private final int window;
    private final float repetition;
    private final float frequency;
    private final float presence;
    private final int[] counts;
    private int[] recent;
    private int next;
    private int held;

    /**
     * @param vocabularySize number of token ids
     * @param window how many of the last tokens count, at least 1
     * @param repetition greater than 0; 1 does nothing
     * @param frequency 0 does nothing, below 0 encourages
     * @param presence 0 does nothing, below 0 encourages
     */
    public Penalties(int vocabularySize, int window, float repetition, float frequency, float presence) {
        this.window = window;
        this.repetition = repetition;
        this.frequency = frequency;
        this.presence = presence;
        counts = new int[vocabularySize];
        recent = new int[Math.min(window, FIRST_CAPACITY)];
    }

    @Override
    public void accept(int token) {
        if (token >= counts.length) {
            return; // an embedding row without a token: it is never a candidate
        }
        if (held == window) {
            counts[recent[next]]--;
        } else {
            if (held == recent.length) {
                recent = Arrays.copyOf(recent, (int) Math.min(window, 2L * held));
                next = held;
            }
            held++;
        }
        recent[next] = token;
        next = (next + 1) % recent.length;
        counts[token]++;
    }

    @Override
    public void apply(Candidates candidates) {
        for (int i = 0; i < candidates.size(); i++) {
            int count = counts[candidates.id(i)];
            if (count > 0) {
                float logit = candidates.logit(i);
                float scaled = logit > 0 ? logit / repetition : logit * repetition;
                candidates.logit(i, scaled - count * frequency - presence);
            }
        }
    }
}
