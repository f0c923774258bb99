/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

import io.pinyon.error.UsageException;

/**
 * How tokens are chosen. The rules work in the order of the components, except that temperature comes last:
 * penalties, top-k, top-p, min-p, temperature, and then a random choice. A rule at its neutral value is left out.
 *
 * @param temperature 0 for the best token (then only the penalties matter), above 0 for a random choice
 * @param topK keep this many best tokens; 0 for all
 * @param topP keep the best tokens that make up this probability, in (0, 1]; 1 for all
 * @param minP keep tokens that are at least this fraction as probable as the best, in [0, 1]; 0 for all
 * @param repetitionPenalty greater than 0; 1 for none
 * @param penaltyWindow how many of the last tokens, prompt included, are penalised; 0 for none
 * @param frequencyPenalty subtracted for every occurrence; 0 for none
 * @param presencePenalty subtracted once for tokens that occurred; 0 for none
 * @param seed start of the random numbers; empty for one that differs each time
 */
public record SamplerSpec(float temperature, int topK, float topP, float minP, float repetitionPenalty,
        int penaltyWindow, float frequencyPenalty, float presencePenalty, OptionalLong seed) {
    /**
     * Checks every component.
     *
     * @throws UsageException {@code PIN-OPTION-…} naming the component and its value
     */
    public SamplerSpec {
        require(temperature >= 0 && Float.isFinite(temperature), "PIN-OPTION-TEMPERATURE", "temperature", temperature,
                "use 0 for the best token or a number above 0, such as 0.8");
        require(topK >= 0, "PIN-OPTION-TOPK", "top-k", topK, "use 0 for all tokens or a number from 1 on");
        require(topP > 0 && topP <= 1, "PIN-OPTION-TOPP", "top-p", topP, "use a number above 0 and at most 1");
        require(minP >= 0 && minP <= 1, "PIN-OPTION-MINP", "min-p", minP, "use a number from 0 to 1");
        require(repetitionPenalty > 0 && Float.isFinite(repetitionPenalty), "PIN-OPTION-PENALTY", "repetition penalty",
                repetitionPenalty, "use 1 for none or a number above 0, such as 1.1");
        require(penaltyWindow >= 0, "PIN-OPTION-PENALTYWINDOW", "penalty window", penaltyWindow,
                "use 0 for none or a number of tokens");
        require(Float.isFinite(frequencyPenalty), "PIN-OPTION-PENALTY", "frequency penalty", frequencyPenalty,
                "use 0 for none or a number such as 0.5");
        require(Float.isFinite(presencePenalty), "PIN-OPTION-PENALTY", "presence penalty", presencePenalty,
                "use 0 for none or a number such as 0.5");
    }

    /** Always the best token. */
    public static SamplerSpec greedy() {
        return new SamplerSpec(0, 0, 1, 0, 1, 0, 0, 0, OptionalLong.empty());
    }

    /** Whether tokens that occurred change what is chosen, so that logits alone do not tell. */
    public boolean penalises() {
        return penaltyWindow > 0 && (repetitionPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0);
    }

    /**
     * A chain that does what this says, with its own random numbers and memory of tokens.
     *
     * @param vocabularySize number of token ids that may be chosen, at least 1
     */
    public SamplerChain chain(int vocabularySize) {
        List<Sampler> samplers = new ArrayList<>();
        if (penalises()) {
            samplers.add(new Penalties(vocabularySize, penaltyWindow, repetitionPenalty, frequencyPenalty,
                    presencePenalty));
        }
        if (temperature == 0) {
            return new SamplerChain(vocabularySize, samplers, new Greedy(), deviceRules(vocabularySize, () -> 0f));
        }
        if (topK > 0) {
            samplers.add(new TopK(topK));
        }
        if (topP < 1) {
            samplers.add(new TopP(topP));
        }
        if (minP > 0) {
            samplers.add(new MinP(minP));
        }
        Uniform uniform = new Uniform(seed);
        return new SamplerChain(vocabularySize, samplers, new Multinomial(temperature, uniform),
                deviceRules(vocabularySize, uniform::next));
    }

    private Optional<Supplier<float[]>> deviceRules(int vocabularySize, Supplier<Float> uniform) {
        return penalises()
                ? Optional.empty()
                : Optional.of(() -> new float[]{temperature, Math.min(topK, vocabularySize), topP, minP,
                        uniform.get()});
    }

    private static void require(boolean valid, String code, String option, Number value, String remedy) {
        if (!valid) {
            throw new UsageException(code, option + " is " + value, remedy);
        }
    }
}
