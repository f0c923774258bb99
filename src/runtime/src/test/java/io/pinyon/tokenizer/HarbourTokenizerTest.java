/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** A whole Hugging Face directory with the ids that the model was trained on. */
class HarbourTokenizerTest {
    @Test
    void encodesTheLogbookAsTheModelSawIt() throws IOException {
        Path model = TestData.shared("models/harbour-14m");
        int[] expected = JsonMapper.shared().readValue(model.resolve("golden/tokens.json").toFile(), int[].class);
        String text = Files.readString(model.resolve("golden/text.txt"));
        try (Tokenizer tokenizer = Tokenizers.fromDirectory(model)) {
            int[] ids = tokenizer.encode(text, true, false);
            assertThat(ids).startsWith(expected);
            assertThat(tokenizer.decode(ids, true)).isEqualTo(text);
            assertThat(text).startsWith(tokenizer.decode(expected, true));
            assertThat(tokenizer.bos()).hasValue(0);
            assertThat(tokenizer.eos()).hasValue(1);
            assertThat(tokenizer.endOfGeneration()).containsExactly(1);
            assertThat(tokenizer.vocabularySize()).isEqualTo(2609);
            assertThat(tokenizer.encode("<|eos|>", false, true)).containsExactly(1);
            assertThat(tokenizer.encode("<|eos|>", false, false)).hasSizeGreaterThan(1).doesNotContain(1);
        }
    }
}
