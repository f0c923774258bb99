/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

import io.pinyon.error.UsageException;

/** Stands in for a model file without a vocabulary: the model runs on token ids, anything with text is refused. */
final class NoTokenizer implements Tokenizer {
    private static UsageException none() {
        return new UsageException("PIN-TOKENIZER-NONE", "this file has no tokenizer (tokenizer.ggml.model is none)",
                "give token ids instead of text, or use a model file with a vocabulary");
    }

    @Override
    public int vocabularySize() {
        return 0;
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        throw none();
    }

    @Override
    public String decode(int[] tokens, boolean skipSpecial) {
        throw none();
    }

    @Override
    public StreamingDecoder streamingDecoder(boolean skipSpecial) {
        throw none();
    }

    @Override
    public String token(int id) {
        throw none();
    }

    @Override
    public OptionalInt id(String token) {
        return OptionalInt.empty();
    }

    @Override
    public OptionalInt bos() {
        return OptionalInt.empty();
    }

    @Override
    public OptionalInt eos() {
        return OptionalInt.empty();
    }

    @Override
    public Set<Integer> endOfGeneration() {
        return Set.of();
    }

    @Override
    public Optional<String> chatTemplate() {
        return Optional.empty();
    }

    @Override
    public void close() {
        // Nothing to release.
    }
}
