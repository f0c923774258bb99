/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.List;

import io.pinyon.GenerateOptions;
import io.pinyon.tokenizer.ChatMessage;
import io.pinyon.tokenizer.ChatPrompt;
import io.pinyon.tokenizer.Tokenizer;

/**
 * A question about a document, as a model wants to read it.
 *
 * @param prompt all of it
 * @param document how many of its characters come before the question
 * @param special whether special tokens are recognised in it
 * @param options how it is answered
 */
record Question(String prompt, int document, boolean special, GenerateOptions options) {
    /** Models that converse get a message; others, as the bundled one, get the document's own form of a question. */
    static Question of(Tokenizer tokenizer, String document, String question, int maxTokens) {
        GenerateOptions.Builder options = GenerateOptions.builder().maxTokens(maxTokens);
        String lines = document.endsWith("\n") ? document : document + "\n";
        String asked = "Question: " + question.strip();
        if (tokenizer.chatTemplate().isEmpty()) {
            return new Question(lines + asked + " Answer:", lines.length(), false,
                    options.stop(List.of("\n")).build());
        }
        String prompt = ChatPrompt.of(tokenizer).render(List.of(ChatMessage.user(lines + "\n" + asked)), true);
        return new Question(prompt, Math.max(0, prompt.lastIndexOf(asked)), true, options.parseSpecial(true).build());
    }

    /** Token ids of the prompt. */
    int[] tokens(Tokenizer tokenizer) {
        return tokenizer.encode(prompt, true, special);
    }

    /**
     * How many of the tokens of the prompt are the same whatever the question, or nearly so: a token that reaches into the
     * question does not count.
     */
    int documentTokens(Tokenizer tokenizer, int[] tokens) {
        return TokenIds.shared(tokens, tokenizer.encode(prompt.substring(0, document), true, special));
    }
}
