/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Samplers one after the other, and a selector. Belongs to one sequence; one thread at a time. */
public final class SamplerChain {
    private final Candidates candidates;
    private final List<Sampler> samplers;
    private final Selector selector;
    private final Optional<Supplier<float[]>> deviceRules;

    /**
     * @param vocabularySize number of token ids that may be chosen, at least 1
     * @param samplers rules in the order in which they work
     * @param selector chooses among what they leave
     * @param deviceRules the same as settings of {@link io.pinyon.device.Ops#sample}, made for every token; empty if
     *     that op cannot do the same
     */
    SamplerChain(int vocabularySize, List<Sampler> samplers, Selector selector,
            Optional<Supplier<float[]>> deviceRules) {
        candidates = new Candidates(vocabularySize);
        this.samplers = List.copyOf(samplers);
        this.selector = selector;
        this.deviceRules = deviceRules;
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

    /** Number of token ids that may be chosen. */
    public int vocabularySize() {
        return candidates.capacity();
    }

    /**
     * Settings of {@link io.pinyon.device.Ops#sample} that choose the token that {@link #sample} would, instead of it:
     * they contain the token's random number. Always empty if that op does not know the rules of this chain.
     */
    public Optional<float[]> deviceSettings() {
        return deviceRules.map(Supplier::get);
    }

    /** Whether {@link #deviceSettings} are there. */
    public boolean worksOnDevice() {
        return deviceRules.isPresent();
    }

    /**
     * Takes what {@link io.pinyon.device.Ops#sample} gave.
     *
     * @return the same id
     * @throws io.pinyon.error.EngineException {@code PIN-SAMPLE-NONFINITE} if it is -1
     */
    public static int requireChosen(int id) {
        if (id < 0) {
            throw Candidates.nonFinite("a logit of the last step is infinite or not a number");
        }
        return id;
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
