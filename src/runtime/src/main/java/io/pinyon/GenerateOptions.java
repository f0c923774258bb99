/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.List;
import java.util.OptionalLong;

import io.pinyon.decode.SamplerSpec;
import io.pinyon.error.UsageException;

/**
 * How text is generated. The rules for choosing a token work in this order: penalties, top-k, top-p, min-p,
 * temperature, random choice. With temperature 0 the best token is taken after the penalties, of equally good ones the
 * one with the lowest id.
 *
 * @param maxTokens most tokens to generate; 0 only runs the prompt
 * @param temperature 0 for the best token, above 0 for a random choice
 * @param topK keep this many best tokens; 0 for all
 * @param topP keep the best tokens that make up this probability, in (0, 1]; 1 for all
 * @param minP keep tokens that are at least this fraction as probable as the best, in [0, 1]; 0 for all
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens that occurred; 1 for none
 * @param penaltyWindow how many of the session's last tokens the penalties look at; 0 for none
 * @param frequencyPenalty subtracted from the logit for every occurrence; 0 for none
 * @param presencePenalty subtracted from the logit once for tokens that occurred; 0 for none
 * @param seed start of the random numbers, for the same text each time; empty for another one each time
 * @param stop strings that end the text; not part of it
 * @param stopAtEnd whether the model's end-of-generation tokens end the text; without it they are generated like others
 * @param parseSpecial whether the text of control tokens in a prompt means those tokens; only for trusted prompts
 */
public record GenerateOptions(int maxTokens, float temperature, int topK, float topP, float minP,
        float repetitionPenalty, int penaltyWindow, float frequencyPenalty, float presencePenalty, OptionalLong seed,
        List<String> stop, boolean stopAtEnd, boolean parseSpecial) {
    private static final int DEFAULT_TOKENS = 256;
    private static final int DEFAULT_WINDOW = 64;

    /**
     * Checks every component.
     *
     * @throws UsageException {@code PIN-OPTION-…} naming the component and its value
     */
    public GenerateOptions {
        stop = List.copyOf(stop);
        Options.require(maxTokens >= 0, "PIN-OPTION-MAXTOKENS", "number of tokens", maxTokens, "use 0 or more");
        for (String text : stop) {
            Options.require(!text.isEmpty(), "PIN-OPTION-STOP", "a stop string", "empty", "leave it out");
            Options.require(wellFormed(text), "PIN-OPTION-STOP", "a stop string", "not valid Unicode",
                    "use whole characters, no single surrogates");
        }
        new SamplerSpec(temperature, topK, topP, minP, repetitionPenalty, penaltyWindow, frequencyPenalty,
                presencePenalty, seed);
    }

    /** The best token each time, at most 256 of them, until the model ends the text. */
    public static GenerateOptions defaults() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    SamplerSpec sampler() {
        return new SamplerSpec(temperature, topK, topP, minP, repetitionPenalty, penaltyWindow, frequencyPenalty,
                presencePenalty, seed);
    }

    private static boolean wellFormed(String text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    /** Collects options; {@link #build} checks them. */
    public static final class Builder {
        private int maxTokens = DEFAULT_TOKENS;
        private float temperature;
        private int topK;
        private float topP = 1;
        private float minP;
        private float repetitionPenalty = 1;
        private int penaltyWindow = DEFAULT_WINDOW;
        private float frequencyPenalty;
        private float presencePenalty;
        private OptionalLong seed = OptionalLong.empty();
        private List<String> stop = List.of();
        private boolean stopAtEnd = true;
        private boolean parseSpecial;

        private Builder() {}

        /** Most tokens to generate. */
        public Builder maxTokens(int tokens) {
            maxTokens = tokens;
            return this;
        }

        /** Temperature; 0 for the best token. */
        public Builder temperature(float value) {
            temperature = value;
            return this;
        }

        /** How many best tokens to keep; 0 for all. */
        public Builder topK(int tokens) {
            topK = tokens;
            return this;
        }

        /** Probability that the kept tokens make up; 1 for all. */
        public Builder topP(float probability) {
            topP = probability;
            return this;
        }

        /** Least probability relative to the best token; 0 for all. */
        public Builder minP(float fraction) {
            minP = fraction;
            return this;
        }

        /** Repetition penalty; 1 for none. */
        public Builder repetitionPenalty(float factor) {
            repetitionPenalty = factor;
            return this;
        }

        /** How many of the last tokens the penalties look at. */
        public Builder penaltyWindow(int tokens) {
            penaltyWindow = tokens;
            return this;
        }

        /** Frequency penalty; 0 for none. */
        public Builder frequencyPenalty(float perOccurrence) {
            frequencyPenalty = perOccurrence;
            return this;
        }

        /** Presence penalty; 0 for none. */
        public Builder presencePenalty(float once) {
            presencePenalty = once;
            return this;
        }

        /** Start of the random numbers. */
        public Builder seed(long value) {
            seed = OptionalLong.of(value);
            return this;
        }

        /** Start of the random numbers, or empty. */
        public Builder seed(OptionalLong value) {
            seed = value;
            return this;
        }

        /** Strings that end the text. */
        public Builder stop(List<String> strings) {
            stop = List.copyOf(strings);
            return this;
        }

        /** Strings that end the text. */
        public Builder stop(String... strings) {
            return stop(List.of(strings));
        }

        /** Whether end-of-generation tokens end the text. */
        public Builder stopAtEnd(boolean value) {
            stopAtEnd = value;
            return this;
        }

        /** Whether the text of control tokens in a prompt means those tokens. */
        public Builder parseSpecial(boolean value) {
            parseSpecial = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws UsageException {@code PIN-OPTION-…} naming the component and its value
         */
        public GenerateOptions build() {
            return new GenerateOptions(maxTokens, temperature, topK, topP, minP, repetitionPenalty, penaltyWindow,
                    frequencyPenalty, presencePenalty, seed, stop, stopAtEnd, parseSpecial);
        }
    }
}
