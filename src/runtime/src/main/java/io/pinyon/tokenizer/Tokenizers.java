/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.nio.file.Path;

/** Opens tokenizers. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * The tokenizer in the metadata of a GGUF file: byte-level BPE ({@code gpt2}), SentencePiece BPE ({@code llama}) or
     * WordPiece ({@code bert}). A file whose {@code tokenizer.ggml.model} is {@code none} gives a tokenizer without
     * tokens that refuses all work on text with {@code PIN-TOKENIZER-NONE}. Where the metadata hold a whole tokenizer.json
     * under {@code tokenizer.huggingface.json}, that one counts.
     *
     * @throws io.pinyon.error.ModelFileException {@code PIN-TOKENIZER-FIELD} for missing or contradicting metadata,
     *     {@code PIN-TOKENIZER-UNSUPPORTED} and {@code PIN-TOKENIZER-PRE} for kinds that are not known,
     *     {@code PIN-TOKENIZER-MERGE} for merges of unknown tokens
     */
    public static Tokenizer fromVocabulary(VocabularySource metadata) {
        return GgufVocabulary.read(metadata);
    }

    /**
     * The tokenizer of a Hugging Face model directory: {@code tokenizer.json}, and what {@code tokenizer_config.json},
     * {@code generation_config.json}, {@code config.json} and {@code chat_template.jinja} add about special tokens.
     * Where {@code add_bos_token} or {@code add_eos_token} is given, it counts before the post-processor.
     *
     * @throws io.pinyon.error.ModelFileException {@code PIN-TOKENIZER-MISSING} without a tokenizer.json, and as
     *     {@link #fromTokenizerJson}
     */
    public static Tokenizer fromDirectory(Path huggingFaceDirectory) {
        return new HuggingFaceDirectory(huggingFaceDirectory).tokenizer();
    }

    /**
     * The tokenizer in a tokenizer.json file alone. Such a file does not say which token begins and which ends a text.
     *
     * <p>Models: BPE, WordPiece, WordLevel. Any component that is not supported is refused by name.
     *
     * @throws io.pinyon.error.ModelFileException {@code PIN-TOKENIZER-READ}, {@code PIN-TOKENIZER-SIZE} or
     *     {@code PIN-TOKENIZER-JSON} for a file that cannot be read as JSON; {@code PIN-TOKENIZER-FIELD},
     *     {@code PIN-TOKENIZER-ID} or {@code PIN-TOKENIZER-MERGE} for contents that contradict each other;
     *     {@code PIN-TOKENIZER-UNSUPPORTED} or {@code PIN-TOKENIZER-PATTERN} for what this library cannot do
     */
    public static Tokenizer fromTokenizerJson(Path file) {
        return BoundedJson.read(file, TokenizerJson::read).tokenizer(TokenizerConfig.none());
    }

    static Tokenizer fromTokenizerJson(String name, byte[] json) {
        return BoundedJson.read(name, json, TokenizerJson::read).tokenizer(TokenizerConfig.none());
    }
}
