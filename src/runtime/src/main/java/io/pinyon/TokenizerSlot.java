/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.Optional;
import java.util.function.Supplier;

import io.pinyon.error.ModelFileException;
import io.pinyon.tokenizer.Tokenizer;

/**
 * A model's tokenizer, or why it has none: a model whose tokenizer is missing or of an unknown kind still runs on token
 * ids.
 */
final class TokenizerSlot {
    private final Optional<Tokenizer> tokenizer;
    private final Optional<ModelFileException> refusal;

    private TokenizerSlot(Optional<Tokenizer> tokenizer, Optional<ModelFileException> refusal) {
        this.tokenizer = tokenizer;
        this.refusal = refusal;
    }

    static TokenizerSlot open(Supplier<Tokenizer> opener) {
        try {
            return new TokenizerSlot(Optional.of(opener.get()), Optional.empty());
        } catch (ModelFileException e) {
            return new TokenizerSlot(Optional.empty(), Optional.of(e));
        }
    }

    /** The tokenizer; throws what opening it threw. */
    Tokenizer require() {
        return tokenizer.orElseThrow(() -> refusal.orElseThrow());
    }

    /** The tokenizer, if it knows the text of any token. */
    Optional<Tokenizer> textual() {
        return tokenizer.filter(present -> present.vocabularySize() > 0);
    }

    /** For the log. */
    String describe() {
        return refusal.map(ModelFileException::code)
                .orElseGet(() -> tokenizer.orElseThrow().vocabularySize() + " tokens");
    }

    void close() {
        tokenizer.ifPresent(Tokenizer::close);
    }
}
