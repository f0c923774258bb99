/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/**
 * Turns tokens into text as they arrive. It never splits a character: bytes of one that is not complete wait for the
 * next token. Belongs to one caller.
 */
public interface StreamingDecoder {
    /**
     * Takes the next token.
     *
     * @return the text that became complete, {@code ""} if none
     * @throws io.pinyon.error.UsageException {@code PIN-TOKENIZER-TOKEN} for an id outside the vocabulary
     */
    String push(int token);

    /** Ends the text and returns what is left, an incomplete character as U+FFFD; the decoder then starts anew. */
    String flush();
}
