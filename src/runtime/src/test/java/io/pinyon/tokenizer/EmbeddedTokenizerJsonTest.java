/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import io.pinyon.error.ModelFileException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A whole tokenizer.json in the metadata of a GGUF file counts before the other keys. */
class EmbeddedTokenizerJsonTest {
    private static final String JSON = """
            {"added_tokens": [{"id": 1, "content": "<bos>", "special": true},
              {"id": 2, "content": "<eos>", "special": true}],
             "model": {"type": "WordLevel", "vocab": {"a": 0, "<bos>": 1}}}
            """;

    /** Keys that alone would be refused, because nobody knows the pre-tokenizer. */
    private static SmallVocabulary metadata(String json) {
        return SmallVocabulary.byteLevel("of another planet").with("tokenizer.huggingface.json", json);
    }

    @Test
    void countsBeforeTheVocabularyOfTheOtherKeys() {
        try (Tokenizer tokenizer = metadata(JSON).open()) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(3);
            assertThat(tokenizer.encode("a", true, false)).containsExactly(0);
        }
    }

    @Test
    void takesTheSpecialTokensOfTheOtherKeys() {
        SmallVocabulary metadata = metadata(JSON).with("tokenizer.ggml.bos_token_id", 1L)
                .with("tokenizer.ggml.eos_token_id", 2L).with("tokenizer.ggml.add_bos_token", true)
                .with("tokenizer.chat_template", "{{ messages }}");
        try (Tokenizer tokenizer = metadata.open()) {
            assertThat(tokenizer.encode("a", true, false)).containsExactly(1, 0);
            assertThat(tokenizer.bos()).hasValue(1);
            assertThat(tokenizer.endOfGeneration()).containsExactly(2);
            assertThat(tokenizer.chatTemplate()).contains("{{ messages }}");
        }
    }

    @Test
    void isRefusedWhenMalformed() {
        assertThatThrownBy(() -> metadata("{\"model\": ").open()).isInstanceOf(ModelFileException.class)
                .hasMessageContaining("tokenizer.huggingface.json");
    }
}
