/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.pinyon.decode.SamplerChain;

/**
 * Continues a sequence token by token.
 *
 * @param engine runs the steps
 * @param sampler chooses the tokens; knows the tokens that the sequence already has
 * @param maxTokens most tokens to choose, at least 0
 * @param endTokens tokens that end the generation and do not become part of the sequence
 */
public record Generator(Engine engine, SamplerChain sampler, int maxTokens, Set<Integer> endTokens) {
    /** Copies the end tokens. */
    public Generator {
        endTokens = Set.copyOf(endTokens);
    }

    /**
     * Runs a prompt and then one step for every token. A prompt that fails or is cancelled leaves the sequence as it
     * was; later the tokens that the receiver has got stay in it, whatever happens.
     *
     * @param prompt token ids, not empty
     * @param cancellation looked at before each chunk of the prompt and before each token
     * @param receiver called outside of any step
     */
    public Generation generate(Sequence sequence, int[] prompt, Cancellation cancellation, TokenReceiver receiver) {
        long start = System.nanoTime();
        NextToken next = new NextToken(sampler, engine.vocabularySize());
        List<Integer> tokens = new ArrayList<>();
        boolean complete = engine.prefill(sequence, prompt, cancellation, next);
        long prefilled = System.nanoTime();
        Ending ending = Ending.CANCELLED;
        if (complete) {
            sampler.accept(prompt);
            ending = decode(sequence, next, tokens, cancellation, receiver);
        }
        return new Generation(tokens, ending, Duration.ofNanos(prefilled - start),
                Duration.ofNanos(System.nanoTime() - prefilled));
    }

    private Ending decode(Sequence sequence, NextToken next, List<Integer> tokens, Cancellation cancellation,
            TokenReceiver receiver) {
        while (tokens.size() < maxTokens) {
            if (cancellation.requested()) {
                return Ending.CANCELLED;
            }
            if (sequence.free() == 0) {
                return Ending.CONTEXT;
            }
            if (sequence.committed() < sequence.length()) {
                engine.decode(sequence, next);
            }
            int token = next.id();
            if (endTokens.contains(token)) {
                return Ending.END_TOKEN;
            }
            sampler.accept(token);
            sequence.append(token);
            tokens.add(token);
            if (!receiver.onToken(token)) {
                return Ending.ENOUGH;
            }
        }
        return Ending.LIMIT;
    }
}
