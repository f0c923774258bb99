/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.List;

/**
 * The result of a generation.
 *
 * @param text what the listener got, joined; without a stop string and what follows it. Empty if the model has no
 *     tokenizer
 * @param tokens ids of the generated tokens, all of which are part of the session; without the end-of-generation token,
 *     but with those of a stop string
 * @param finishReason why it ended
 * @param usage tokens and times
 */
public record Completion(String text, List<Integer> tokens, FinishReason finishReason, Usage usage) {
    /** Copies the tokens. */
    public Completion {
        tokens = List.copyOf(tokens);
    }
}
