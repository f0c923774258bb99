/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** The vocabularies and expected ids that GGUF implementations test themselves with. */
class ReferenceVocabulariesTest {
    private static final String SEPARATOR = "\n__ggml_vocab_test__\n";

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2"})
    void encodesToTheExpectedIdsAndBack(String name) throws IOException {
        Path file = TestData.shared("tokenizers").resolve("ggml-vocab-" + name + ".gguf");
        List<String> texts = List.of(Files.readString(Path.of(file + ".inp")).split(SEPARATOR, -1));
        List<String> lines = Files.readAllLines(Path.of(file + ".out"));
        assertThat(texts.size()).isBetween(lines.size(), lines.size() + 1);
        try (Tokenizer tokenizer = Tokenizers.fromVocabulary(TestGguf.read(file))) {
            SoftAssertions all = new SoftAssertions();
            for (int i = 0; i < lines.size(); i++) {
                int[] expected = Arrays.stream(lines.get(i).trim().split(" "))
                        .filter(s -> !s.isEmpty())
                        .mapToInt(Integer::parseInt)
                        .toArray();
                all.assertThat(tokenizer.encode(texts.get(i), false, false)).as("text %d", i).isEqualTo(expected);
                all.assertThat(tokenizer.decode(expected, false)).as("text %d", i).isEqualTo(texts.get(i));
            }
            all.assertAll();
        }
    }
}
