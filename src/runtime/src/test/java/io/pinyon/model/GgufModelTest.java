/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.error.ModelFileException;
import io.pinyon.format.GgufFile;
import io.pinyon.format.GgufWriter;
import io.pinyon.format.MetadataType;
import io.pinyon.format.MetadataValue;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormats;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.model.convert.Converter;
import io.pinyon.model.convert.ProgressListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** GGUF files with one thing changed. */
class GgufModelTest {
    @TempDir
    private Path folder;

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of("general.architecture", MetadataValue.of("grok"), "PIN-MODEL-ARCH", "qwen3"),
                Arguments.of("general.architecture", MetadataValue.of("mistral"), "PIN-MODEL-ARCH", "llama"),
                Arguments.of("split.count", MetadataValue.of(3), "PIN-MODEL-FEATURE", "several files"),
                Arguments.of("llama.expert_count", MetadataValue.of(8), "PIN-MODEL-FEATURE", "expert_count 8"),
                Arguments.of("llama.rope.scaling.type", MetadataValue.of("spiral"), "PIN-MODEL-FEATURE", "spiral"),
                Arguments.of("llama.rope.scaling.type", MetadataValue.of("linear"), "PIN-MODEL-CONFIG", "factor"),
                Arguments.of("llama.attention.value_length", MetadataValue.of(8), "PIN-MODEL-FEATURE", "values of 8"),
                Arguments.of("llama.attention.head_count_kv", whole(2, 2, 1), "PIN-MODEL-FEATURE", "head_count_kv"),
                Arguments.of("llama.attention.head_count_kv", whole(), "PIN-MODEL-CONFIG", "empty"),
                Arguments.of("llama.block_count", MetadataValue.of(0), "PIN-MODEL-CONFIG", "layers is 0"),
                Arguments.of("llama.block_count", MetadataValue.of(1_000_000_000), "PIN-MODEL-CONFIG", "1000000000"),
                Arguments.of("llama.context_length", MetadataValue.of(0), "PIN-MODEL-CONFIG", "context length is 0"),
                Arguments.of("llama.attention.key_length", MetadataValue.of(0), "PIN-MODEL", ""),
                Arguments.of("llama.rope.dimension_count", MetadataValue.of(7), "PIN-MODEL-CONFIG", "dimension is 7"),
                Arguments.of("llama.rope.freq_base", MetadataValue.of(Float.NaN), "PIN-MODEL-CONFIG", "base is NaN"),
                Arguments.of("llama.attention.layer_norm_rms_epsilon", MetadataValue.of(Float.POSITIVE_INFINITY),
                        "PIN-MODEL-CONFIG", "Infinity"),
                Arguments.of("llama.attention.scale", MetadataValue.of(-1f), "PIN-MODEL-CONFIG", "scale is -1"));
    }

    @ParameterizedTest(name = "{0} = {1}")
    @MethodSource("refusals")
    void wrongMetadataAreRefused(String key, MetadataValue value, String code, String named) {
        Path file = changed("llama", values -> values.put(key, value), tensors -> {});

        refused(file, code, named);
    }

    @Test
    void aTensorThatNobodyKnowsIsRefused() {
        Path file = changed("llama", values -> {},
                tensors -> tensors.put("blk.1.attn_sinks.weight", "blk.0.attn_norm.weight"));

        refused(file, "PIN-MODEL-FEATURE", "blk.1.attn_sinks.weight");
    }

    @Test
    void divisorsOfAnotherLengthAreRefused() {
        Path file = changed("llama", values -> {},
                tensors -> tensors.put("rope_freqs.weight", "blk.0.attn_norm.weight"));

        refused(file, "PIN-MODEL-CONFIG", "rope_freqs.weight");
    }

    @Test
    void aMissingEmbeddingIsRefused() {
        Path file = changed("llama", values -> {}, tensors -> tensors.remove("token_embd.weight"));

        refused(file, "PIN-MODEL-TENSOR", "token_embd.weight");
    }

    @Test
    void equalNumbersPerLayerAreOneNumber() {
        Path file = changed("llama", values -> values.put("llama.attention.head_count_kv", whole(2, 2, 2)),
                tensors -> {});

        assertThat(Models.describe(file).config().kvHeads()).isEqualTo(2);
    }

    @Test
    void aPeriodSaysWhichLayersHaveTheWindow() {
        Path file = changed("gemma2",
                values -> values.put("gemma2.attention.sliding_window_pattern", MetadataValue.of(4)), tensors -> {});

        assertThat(Models.describe(file).slidingLayers()).isEqualTo(3);
    }

    private static MetadataValue whole(int... values) {
        return new MetadataValue.Sequence(MetadataType.UINT32,
                Arrays.stream(values).mapToObj(MetadataValue::of).toList());
    }

    private Path changed(String name, Consumer<Map<String, MetadataValue>> metadata,
            Consumer<Map<String, String>> tensors) {
        Path file = folder.resolve("original.gguf");
        Converter.convert(Golden.directory(name), file, WeightFormats.BF16, ProgressListener.none());
        Path changed = folder.resolve("changed.gguf");
        try (GgufFile original = GgufFile.open(file)) {
            GgufWriter writer = new GgufWriter();
            Map<String, MetadataValue> values = new LinkedHashMap<>();
            original.metadata().keys().forEach(key -> values.put(key, original.metadata().find(key).orElseThrow()));
            metadata.accept(values);
            values.forEach(writer::metadata);
            Map<String, String> contents = new LinkedHashMap<>();
            original.names().forEach(tensor -> contents.put(tensor, tensor));
            tensors.accept(contents);
            contents.forEach((tensor, content) -> {
                TensorData data = original.find(content).orElseThrow();
                writer.tensor(tensor, data.format(), data);
            });
            writer.write(changed);
        }
        return changed;
    }

    private static void refused(Path file, String code, String named) {
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device()) {
            assertThatThrownBy(() -> Models.load(file, device, LoadOptions.defaults()).close())
                    .isInstanceOfSatisfying(ModelFileException.class, e -> assertThat(e.code()).startsWith(code))
                    .hasMessageContaining(named);
            assertThat(device.memory().snapshot().items()).extracting(MemorySnapshot.Item::bytes)
                    .isSubsetOf(List.of(0L));
        }
    }
}
