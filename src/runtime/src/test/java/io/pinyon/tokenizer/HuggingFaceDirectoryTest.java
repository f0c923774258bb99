/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the files beside tokenizer.json change. */
class HuggingFaceDirectoryTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void tokenizerJson() throws IOException {
        write("tokenizer.json", """
                {"added_tokens": [{"id": 1, "content": "<bos>", "special": true},
                  {"id": 2, "content": "<eos>", "special": true}, {"id": 3, "content": "<|eot_id|>", "special": true}],
                 "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<bos>"}},
                   {"Sequence": {"id": "A"}}], "special_tokens": {"<bos>": {"id": "<bos>", "ids": [1]}}},
                 "model": {"type": "WordLevel", "vocab": {"a": 0, "<bos>": 1}}}
                """);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private Tokenizer open() {
        return Tokenizers.fromDirectory(folder);
    }

    @Test
    void aloneItHasItsPostProcessorOnly() {
        assertThat(open().encode("a", true, false)).containsExactly(1, 0);
        assertThat(open().bos()).isEmpty();
        assertThat(open().endOfGeneration()).containsExactly(3);
    }

    @Test
    void configDecidesWhatIsAdded() throws IOException {
        write("tokenizer_config.json", """
                {"bos_token": {"content": "<bos>", "lstrip": false}, "eos_token": "<eos>", "add_bos_token": false,
                 "add_eos_token": true}
                """);
        assertThat(open().encode("a", true, false)).containsExactly(0, 2);
        assertThat(open().encode("a", false, false)).containsExactly(0);
        write("tokenizer_config.json", "{\"bos_token\": \"<bos>\", \"add_bos_token\": true}");
        assertThat(open().encode("a", true, false)).containsExactly(1, 0);
    }

    @Test
    void endsOfGenerationComeFromEveryFile() throws IOException {
        write("tokenizer_config.json", "{\"eos_token\": \"<eos>\"}");
        write("generation_config.json", "{\"eos_token_id\": [0, 99]}");
        assertThat(open().eos()).hasValue(2);
        assertThat(open().endOfGeneration()).containsExactlyInAnyOrder(0, 2, 3);
    }

    @Test
    void idsInConfigStandInForMissingNames() throws IOException {
        write("config.json", "{\"text_config\": {\"bos_token_id\": 1, \"eos_token_id\": 2}}");
        assertThat(open().bos()).hasValue(1);
        assertThat(open().eos()).hasValue(2);
    }

    @Test
    void templatesComeFromTheirOwnFileFirst() throws IOException {
        write("tokenizer_config.json", """
                {"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}
                """);
        assertThat(open().chatTemplate()).contains("D");
        write("chat_template.jinja", "J");
        assertThat(open().chatTemplate()).contains("J");
    }

    @Test
    void wrongValuesAreRefused() throws IOException {
        for (String config : new String[]{"{\"bos_token\": \"<nothing>\"}", "{\"add_bos_token\": 1}",
                "{\"chat_template\": 3}", "[]", "{", "{\"bos_token\": {\"text\": \"<bos>\"}}"}) {
            write("tokenizer_config.json", config);
            assertThatThrownBy(this::open).as(config).isInstanceOf(io.pinyon.error.ModelFileException.class);
        }
        Files.delete(folder.resolve("tokenizer_config.json"));
        write("config.json", "{\"eos_token_id\": \"2\"}");
        assertThatThrownBy(this::open).hasMessageContaining("config.json.eos_token_id");
    }
}
