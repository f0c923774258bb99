/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.UnaryOperator;

import io.pinyon.device.Rope;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import io.pinyon.format.GgufFile;
import io.pinyon.format.Metadata;
import io.pinyon.format.WeightFormats;
import io.pinyon.model.ModelSource;
import io.pinyon.model.Models;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** What a conversion writes beside the weights, and what it refuses. */
class ConverterTest {
    @TempDir
    private Path folder;
    private Path source;
    private Path out;

    @BeforeEach
    void copyModel() throws IOException, URISyntaxException {
        source = Files.createDirectory(folder.resolve("tiny"));
        out = folder.resolve("out.gguf");
        for (String name : new String[]{"config.json", "model.safetensors"}) {
            URL url = Objects.requireNonNull(ConverterTest.class.getResource("/golden/hf/llama/" + name));
            Files.copy(Path.of(url.toURI()), source.resolve(name));
        }
    }

    @Test
    void rowsThatAreNoWholeBlocksStayInHalfPrecision() {
        Conversion conversion = convertTo("Q4_0");

        assertThat(conversion.tensorsByFormat()).containsEntry("F16", 3).containsEntry("Q4_0", 2 + 3 * 6)
                .containsEntry("F32", 1 + 3 * 2);
        assertThat(conversion.notices()).hasSize(4).anyMatch(notice -> notice.contains("blk.2.ffn_down.weight"))
                .anyMatch(notice -> notice.contains("no tokenizer"));
        assertThat(Models.describe(out).tensorsByFormat()).isEqualTo(conversion.tensorsByFormat());
    }

    @Test
    void metadataNameTheModel() throws IOException {
        Files.writeString(source.resolve("README.md"), "---\nlanguage: en\nlicense: apache-2.0\n---\nlicense: none\n");
        convertTo("Q8_0");

        try (GgufFile file = GgufFile.open(out)) {
            Metadata metadata = file.metadata();
            assertThat(metadata.requireString("general.architecture")).isEqualTo("llama");
            assertThat(metadata.requireString("general.name")).isEqualTo("tiny");
            assertThat(metadata.requireString("general.license")).isEqualTo("apache-2.0");
            assertThat(metadata.requireInteger("general.file_type")).isEqualTo(7);
            assertThat(metadata.requireInteger("general.quantization_version")).isEqualTo(2);
            assertThat(metadata.requireString("tokenizer.ggml.model")).isEqualTo("none");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"type": "linear", "factor": 4.0}                                                        | 4
            {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128}                 | 4
            {"type": "yarn", "factor": 8.0, "attention_factor": 1.5, "beta_fast": 20}                | 8
            """)
    void scalingsComeBackAsTheyWere(String scaling, float factor) throws IOException {
        change(json -> json.replace("\"rope_scaling\": null", "\"rope_scaling\": " + scaling));
        convertTo("F32");

        assertThat(Models.describe(out).rope()).isEqualTo(Models.describe(source).rope());
        try (var original = ModelSource.open(source);
                var converted = ModelSource.open(out)) {
            var expected = original.config().attention().rope().rope(Rope.Style.HALVES, 512);
            var actual = converted.config().attention().rope().rope(Rope.Style.HALVES, 512);
            assertThat(actual.inverseFrequencies()).isEqualTo(expected.inverseFrequencies());
            assertThat(actual.magnitude()).isCloseTo(expected.magnitude(), within(1e-6f));
            assertThat(converted.metadata().orElseThrow().requireReal("llama.rope.scaling.factor")).isEqualTo(factor);
        }
    }

    @Test
    void longRopeComesBackAsItWas() throws IOException {
        change(json -> json.replace("\"rope_scaling\": null", "\"rope_scaling\": {\"type\": \"longrope\", "
                + "\"original_max_position_embeddings\": 128, \"short_factor\": [1, 1, 1, 1, 1, 1, 1, 1.5], "
                + "\"long_factor\": [1, 2, 3, 4, 5, 6, 7, 8]}"));
        convertTo("F32");

        try (var original = ModelSource.open(source);
                var converted = ModelSource.open(out)) {
            for (int context : new int[]{128, 129}) {
                var style = Rope.Style.HALVES;
                var expected = original.config().attention().rope().rope(style, context);
                assertThat(converted.config().attention().rope().rope(style, context)).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "rope_scaling": null | "rope_scaling": {"type": "dynamic", "factor": 2.0} | dynamic
            "rope_scaling": null | "rope_scaling": {"type": "yarn", "factor": 2.0, "truncate": false} | truncation
            "hidden_act": "silu" | "hidden_act": "gelu" | GELU
            """)
    void whatTheFormatCannotSayIsRefused(String from, String to, String named) throws IOException {
        change(json -> json.replace(from, to));

        assertThatThrownBy(() -> convertTo("F32")).isInstanceOf(ModelFileException.class)
                .hasMessageContaining("PIN-CONVERT-UNSUPPORTED").hasMessageContaining(named);
        assertThat(out).doesNotExist();
    }

    @Test
    void impossibleRequestsAreRefused() {
        assertThatThrownBy(() -> convertTo("Q4_K")).isInstanceOf(UsageException.class)
                .hasMessageContaining("PIN-FORMAT-NOENCODER");
        assertThatThrownBy(() -> Converter.convert(source.resolve("config.json"), out, WeightFormats.F32,
                ProgressListener.none())).isInstanceOf(UsageException.class).hasMessageContaining("PIN-CONVERT-SOURCE");
        assertThat(out).doesNotExist();
    }

    @Test
    void aVocabularyOfScoredPiecesIsWritten() throws IOException {
        Files.writeString(source.resolve("tokenizer.json"), """
                {"added_tokens": [{"id": 0, "content": "<unk>", "special": true},
                                  {"id": 1, "content": "<s>", "special": true},
                                  {"id": 9, "content": "<tool>", "special": false}],
                 "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}]},
                 "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}]},
                 "model": {"type": "BPE", "byte_fallback": true, "unk_token": "<unk>",
                           "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "<0x41>": 3, "a": 4, "b": 5, "ab": 6, "aab": 7},
                           "merges": ["a b", ["a", "ab"]]}}""");
        Files.writeString(source.resolve("tokenizer_config.json"),
                "{\"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": \"</s>\", \"chat_template\": \"{{ 1 }}\"}");

        convertTo("F16");

        try (GgufFile file = GgufFile.open(out)) {
            Metadata metadata = file.metadata();
            assertThat(metadata.requireString("tokenizer.ggml.model")).isEqualTo("llama");
            assertThat(metadata.requireStrings("tokenizer.ggml.tokens")).hasSize(160).startsWith("<unk>", "<s>")
                    .contains("[PAD8]", "<tool>", "[PAD159]");
            assertThat(metadata.requireIntegers("tokenizer.ggml.token_type")).startsWith(2, 3, 1, 6, 1, 1, 1, 1, 5, 4,
                    5);
            assertThat(metadata.requireReals("tokenizer.ggml.scores")).startsWith(-2, -2, -2, -2, -2, -2, 0, -1);
            assertThat(metadata.requireInteger("tokenizer.ggml.bos_token_id")).isEqualTo(1);
            assertThat(metadata.requireInteger("tokenizer.ggml.eos_token_id")).isEqualTo(2);
            assertThat(metadata.requireFlag("tokenizer.ggml.add_bos_token")).isTrue();
            assertThat(metadata.requireFlag("tokenizer.ggml.add_space_prefix")).isTrue();
            assertThat(metadata.requireString("tokenizer.chat_template")).isEqualTo("{{ 1 }}");
        }
    }

    @Test
    void aVocabularyWithoutBytesIsRefused() throws IOException {
        Files.writeString(source.resolve("tokenizer.json"),
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}}");

        assertThatThrownBy(() -> convertTo("F32")).isInstanceOf(ModelFileException.class)
                .hasMessageContaining("PIN-CONVERT-UNSUPPORTED");
    }

    @ParameterizedTest
    @CsvSource({"160, PIN-MODEL-VOCAB", "-1, PIN-MODEL-VOCAB", "1.5, PIN-MODEL-VOCAB"})
    void tokensWithoutARowAreRefused(String id, String code) throws IOException {
        Files.writeString(source.resolve("tokenizer.json"),
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": " + id + "}, \"merges\": []}}");

        assertThatThrownBy(() -> convertTo("F32")).isInstanceOf(ModelFileException.class).hasMessageContaining(code);
    }

    private Conversion convertTo(String format) {
        return Converter.convert(source, out, WeightFormats.byName(format).orElseThrow(), ProgressListener.none());
    }

    private void change(UnaryOperator<String> edit) throws IOException {
        Path config = source.resolve("config.json");
        String json = Files.readString(config);
        String changed = edit.apply(json);
        assertThat(changed).isNotEqualTo(json);
        Files.writeString(config, changed);
    }
}
