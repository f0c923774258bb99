/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** Opens tokenizers. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * The tokenizer in the metadata of a GGUF file: byte-level BPE ({@code gpt2}), SentencePiece BPE ({@code llama}) or
     * WordPiece ({@code bert}). A file whose {@code tokenizer.ggml.model} is {@code none} gives a tokenizer without
     * tokens that refuses all work on text with {@code PIN-TOKENIZER-NONE}.
     *
     * @throws io.pinyon.error.ModelFileException {@code PIN-TOKENIZER-FIELD} for missing or contradicting metadata,
     *     {@code PIN-TOKENIZER-UNSUPPORTED} and {@code PIN-TOKENIZER-PRE} for kinds that are not known,
     *     {@code PIN-TOKENIZER-MERGE} for merges of unknown tokens
     */
    public static Tokenizer fromVocabulary(VocabularySource metadata) {
        return GgufVocabulary.read(metadata);
    }
}
