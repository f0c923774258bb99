/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.List;

/** Samplers one after the other, and a selector. Belongs to one sequence; one thread at a time. */
public final class SamplerChain {
    private final Candidates candidates;
    private final List<Sampler> samplers;
    private final Selector selector;

    /**
     * @param vocabularySize number of token ids that may be chosen, at least 1
     * @param samplers rules in the order in which they work
     * @param selector chooses among what they leave
     */
    public SamplerChain(int vocabularySize, List<Sampler> samplers, Selector selector) {
        candidates = new Candidates(vocabularySize);
        this.samplers = List.copyOf(samplers);
        this.selector = selector;
    }

    /**
     * Chooses a token. It does not count as accepted before {@link #accept} says so.
     *
     * @param logits by token id, at least as many as the vocabulary; not changed
     * @return its id, in {@code [0, vocabularySize)}
     * @throws io.pinyon.error.EngineException {@code PIN-SAMPLE-NONFINITE} if a logit is infinite or not a number
     */
    public int sample(float[] logits) {
        candidates.reset(logits);
        for (Sampler sampler : samplers) {
            sampler.apply(candidates);
        }
        return selector.select(candidates);
    }

    /** Tells the samplers that tokens became part of the text, from the prompt or chosen. */
    public void accept(int... tokens) {
        for (Sampler sampler : samplers) {
            for (int token : tokens) {
                sampler.accept(token);
            }
        }
    }
}
