/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.error.ModelFileException;
import io.pinyon.memory.MemorySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

/** Configurations and checkpoints that must be refused by code, at once, with nothing left behind. */
class HostileModelTest {
    @TempDir
    private Path folder;

    /** Key, bad value, and what the message must name. */
    static Stream<String[]> badValues() {
        String[] sizes = {"hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim",
                "intermediate_size", "vocab_size", "max_position_embeddings"};
        String[] values = {"0", "-1", "-2147483648", "2147483648", "1e3", "\"64\"", "[64]", "99999999999999999999"};
        return Stream.of(sizes).flatMap(key -> Stream.of(values).map(value -> new String[]{key, value}));
    }

    @ParameterizedTest(name = "{0} = {1}")
    @MethodSource("badValues")
    void absurdSizesAreRefused(String key, String value) throws IOException {
        Path model = modelWith("llama", key, value);

        refused(model, "PIN-MODEL-CONFIG");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            num_hidden_layers       | 1000000000          | PIN-MODEL-CONFIG | 1000000000
            hidden_size             | 2147483647          | PIN-MODEL-CONFIG | 2147483647
            num_attention_heads     | 3                   | PIN-MODEL-CONFIG | multiple
            head_dim                | 15                  | PIN-MODEL-CONFIG | rope dimension
            rms_norm_eps            | -1                  | PIN-MODEL-CONFIG | rms_norm_eps
            rms_norm_eps            | null                | PIN-MODEL-CONFIG | rms_norm_eps
            rope_theta              | 0                   | PIN-MODEL-CONFIG | rope base
            rope_theta              | 1e400               | PIN-MODEL        |
            intermediate_size       | 128                 | PIN-MODEL-SHAPE  | [112, 64]
            vocab_size              | 161                 | PIN-MODEL-SHAPE  | embed_tokens
            num_hidden_layers       | 4                   | PIN-MODEL-TENSOR | model.layers.3.input_layernorm.weight
            num_hidden_layers       | 2                   | PIN-MODEL-FEATURE| model.layers.2
            tie_word_embeddings     | 1                   | PIN-MODEL-CONFIG | true or false
            hidden_act              | "relu"              | PIN-MODEL-FEATURE| relu
            attention_bias          | true                | PIN-MODEL-TENSOR | q_proj.bias
            num_local_experts       | 8                   | PIN-MODEL-FEATURE| num_local_experts 8
            quantization_config     | {"quant_method": "awq"} | PIN-MODEL-FEATURE| quantization_config
            rope_scaling            | {"rope_type": "spiral"} | PIN-MODEL-FEATURE| spiral
            rope_scaling            | {"type": "linear", "factor": 0} | PIN-MODEL-CONFIG | factor
            rope_scaling            | {"type": "linear"}  | PIN-MODEL-CONFIG | factor
            rope_scaling            | {"type": "su", "short_factor": [1]} | PIN-MODEL-CONFIG | short_factor
            partial_rotary_factor   | 0.5                 | PIN-MODEL-FEATURE| 8 of 16
            architectures           | ["NoSuchModel"]     | PIN-MODEL-ARCH   | LlamaForCausalLM
            architectures           | "LlamaForCausalLM"  | PIN-MODEL-CONFIG | architectures
            """)
    void wrongSettingsAreRefusedByName(String key, String value, String code, String named) throws IOException {
        ModelFileException refusal = refused(modelWith("llama", key, value), code);

        if (named != null) {
            assertThat(refusal.getMessage()).contains(named);
        }
    }

    @Test
    void atMostFiveMissingTensorsAreListed() throws IOException {
        ModelFileException refusal = refused(modelWith("llama", "num_hidden_layers", "4096"), "PIN-MODEL-TENSOR");

        assertThat(refusal.problem()).contains("model.layers.3.", "more").hasSizeLessThan(500);
    }

    @Test
    void settingsOfGemmaAreChecked() throws IOException {
        refused(modelWith("gemma2", "layer_types", "[\"chunked_attention\", \"full_attention\", \"full_attention\", "
                + "\"full_attention\"]"), "PIN-MODEL-FEATURE");
        refused(modelWith("gemma2", "layer_types", "[\"full_attention\"]"), "PIN-MODEL-CONFIG");
        refused(modelWith("gemma2", "sliding_window", "-5"), "PIN-MODEL-CONFIG");
        refused(modelWith("gemma2", "use_bidirectional_attention", "true"), "PIN-MODEL-FEATURE");
        refused(modelWith("gemma2", "query_pre_attn_scalar", "0"), "PIN-MODEL-CONFIG");
        refused(modelWith("gemma2", "attn_logit_softcapping", "-1"), "PIN-MODEL-CONFIG");
    }

    @ParameterizedTest
    @CsvSource({"'', PIN-MODEL-JSON", "'{', PIN-MODEL-JSON", "'[]', PIN-MODEL-JSON", "'{}', PIN-MODEL-ARCH",
            "'{\"model_type\": \"llama\"}', PIN-MODEL-CONFIG", "'{\"model_type\": 7}', PIN-MODEL-CONFIG"})
    void brokenConfigurationsAreRefused(String json, String code) throws IOException {
        Files.writeString(folder.resolve("config.json"), json);

        refused(folder, code);
    }

    @Test
    void missingFilesAreRefused() {
        refused(folder, "PIN-MODEL-JSON");
        refused(folder.resolve("none.gguf"), "PIN-FILE-MISSING");
    }

    @ParameterizedTest
    @CsvSource({"model.norm.weight, 7fc0", "model.layers.2.post_attention_layernorm.weight, 7f80"})
    void normsThatAreNotFiniteAreRefused(String tensor, String bits) throws IOException {
        Path model = modelWith("llama", "use_cache", "true");
        SafetensorsBytes.overwrite(model.resolve("model.safetensors"), tensor, 3, Integer.parseInt(bits, 16));

        ModelFileException refusal = refused(model, "PIN-FORMAT-NONFINITE");

        assertThat(refusal.getMessage()).contains(tensor, "element 3");
    }

    @Test
    void aTokenizerThatIsTooLargeIsRefused() {
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                LoadedModel model = Models.load(Golden.directory("llama"), device, LoadOptions.defaults())) {
            model.requireVocabulary(160);
            assertThatThrownBy(() -> model.requireVocabulary(161)).isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("PIN-MODEL-VOCAB").hasMessageContaining("161").hasMessageContaining("160");
        }
    }

    /** The golden model with one setting changed. */
    private Path modelWith(String name, String key, String value) throws IOException {
        Path original = Golden.directory(name);
        String json = Files.readString(original.resolve("config.json"));
        int end = json.lastIndexOf('}');
        String without = json.substring(0, end).replaceAll("\"" + key + "\": (\\[[^\\]]*]|[^,\\n]*),?", "")
                .stripTrailing();
        String comma = without.endsWith(",") || without.endsWith("{") ? "" : ",";
        Files.writeString(folder.resolve("config.json"), without + comma + "\"" + key + "\": " + value + "}");
        Path weights = folder.resolve("model.safetensors");
        Files.deleteIfExists(weights);
        Files.copy(original.resolve("model.safetensors"), weights);
        return folder;
    }

    private static ModelFileException refused(Path model, String code) {
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device()) {
            ModelFileException[] refusal = new ModelFileException[1];
            assertTimeout(Duration.ofSeconds(2),
                    () -> assertThatThrownBy(() -> Models.load(model, device, LoadOptions.defaults()).close())
                            .isInstanceOfSatisfying(ModelFileException.class, e -> refusal[0] = e));
            assertThat(refusal[0].code()).startsWith(code);
            assertThat(device.memory().snapshot().items()).extracting(MemorySnapshot.Item::bytes)
                    .allMatch(bytes -> bytes == 0);
            requireUnmapped(model);
            return refusal[0];
        }
    }

    /** On Linux, no file of the model may still be mapped. */
    private static void requireUnmapped(Path model) {
        Path maps = Path.of("/proc/self/maps");
        if (Files.isReadable(maps)) {
            try (Stream<String> lines = Files.lines(maps)) {
                assertThat(lines).noneMatch(line -> line.contains(model.toString()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
