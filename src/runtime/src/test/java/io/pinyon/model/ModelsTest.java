/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.device.Tensor;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.PagedKvCache;
import io.pinyon.memory.MemorySnapshot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Opening, describing and stepping models. */
class ModelsTest {
    @TempDir
    private Path folder;

    @Test
    void describesWithoutLoading() {
        ModelDescription description = Models.describe(Golden.directory("gemma3_text"));

        assertThat(description.config())
                .isEqualTo(new ModelConfig("gemma3", "gemma3_text", 6, 64, 4, 2, 32, 112, 160, 512));
        assertThat(description.container()).isEqualTo("safetensors");
        assertThat(description.tensorsByFormat()).isEqualTo(Map.of("BF16", 2 + 6 * 13));
        assertThat(description.parameters()).isEqualTo(288_704);
        assertThat(description.fileBytes()).isEqualTo(585_800);
        assertThat(description.rope()).isEqualTo("base 1000000");
        assertThat(description.slidingWindow()).isEqualTo(16);
        assertThat(description.slidingLayers()).isEqualTo(5);
        assertThat(Models.describe(Golden.directory("llama31")).rope()).isEqualTo("base 500000, llama3");
    }

    @Test
    void everythingIsGivenBack() {
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device()) {
            LoadedModel model = Models.load(Golden.directory("qwen2"), device, LoadOptions.defaults());
            assertThat(device.memory().snapshot().items()).extracting(MemorySnapshot.Item::bytes).anyMatch(b -> b > 0);
            model.close();
            model.close();
            assertThat(device.memory().snapshot().items()).extracting(MemorySnapshot.Item::bytes)
                    .allMatch(bytes -> bytes == 0);
        }
    }

    @Test
    void whatDoesNotFitIsRefusedAndGivenBack() {
        DeviceOptions small = DeviceOptions.defaults().withMemoryLimit(100_000);
        try (Device device = Devices.open("scalar", small).device()) {
            assertThatThrownBy(() -> Models.load(Golden.directory("llama"), device, LoadOptions.defaults()).close())
                    .isInstanceOf(MemoryException.class);
            assertThat(device.memory().snapshot().items()).extracting(MemorySnapshot.Item::bytes)
                    .allMatch(bytes -> bytes == 0);
        }
    }

    @Test
    void sequencesOfOneStepDoNotMeet() throws IOException {
        Path directory = Golden.directory("mistral");
        int[] tokens = Golden.tokens(directory);
        int vocabulary = 160;
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                LoadedModel loaded = Models.load(directory, device, LoadOptions.defaults().withMaxRows(48));
                KvCache first = cache(loaded.model());
                KvCache second = cache(loaded.model());
                Tensor none = device.allocate(0, vocabulary);
                Tensor logits = device.allocate(5, vocabulary)) {
            CausalModel model = loaded.model();
            int[] reversed = new int[tokens.length];
            Arrays.setAll(reversed, i -> tokens[tokens.length - 1 - i]);
            float[] expectedFirst = Golden.logits(model, tokens, 48, KvFormats.F32);
            float[] expectedSecond = Golden.logits(model, reversed, 48, KvFormats.F32);
            first.reserve(20);
            model.forward(new Step().add(first, Arrays.copyOf(tokens, 20), 0), none);
            first.commit(20);

            first.reserve(3);
            second.reserve(30);
            model.forward(new Step().add(second, Arrays.copyOf(reversed, 30), 4).add(first,
                    Arrays.copyOfRange(tokens, 20, 23), 1), logits);

            float[] actual = new float[5 * vocabulary];
            device.read(logits, actual, 0);
            float[] expected = new float[5 * vocabulary];
            System.arraycopy(expectedSecond, 26 * vocabulary, expected, 0, 4 * vocabulary);
            System.arraycopy(expectedFirst, 22 * vocabulary, expected, 4 * vocabulary, vocabulary);
            assertThat(Golden.largestDifference(actual, expected)).isLessThan(1e-5f);
        }
    }

    @Test
    void stepsThatDoNotFitAreRefused() {
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                LoadedModel loaded = Models.load(Golden.directory("llama"), device,
                        LoadOptions.defaults().withMaxRows(4));
                LoadedModel deeper = Models.load(Golden.directory("gemma2"), device,
                        LoadOptions.defaults().withMaxRows(4));
                KvCache cache = cache(loaded.model());
                KvCache foreign = cache(deeper.model());
                Tensor logits = device.allocate(1, 160);
                Tensor narrow = device.allocate(1, 159)) {
            cache.reserve(8);
            foreign.reserve(8);
            refused(loaded.model(), new Step(), logits);
            refused(loaded.model(), new Step().add(cache, new int[5], 1), logits);
            refused(loaded.model(), new Step().add(cache, new int[2], 2), logits);
            refused(loaded.model(), new Step().add(cache, new int[1], 1), narrow);
            refused(loaded.model(), new Step().add(foreign, new int[1], 1), logits);
            refused(loaded.model(), new Step().add(cache, new int[1], 1).add(cache, new int[1], 0), logits);
            for (int token : new int[]{-1, 160, Integer.MAX_VALUE}) {
                assertThatThrownBy(() -> loaded.model().forward(new Step().add(cache, new int[]{token}, 1), logits))
                        .isInstanceOf(UsageException.class).hasMessageContaining("PIN-MODEL-TOKEN")
                        .hasMessageContaining(Integer.toString(token));
            }
        }
    }

    @Test
    void theTextPartOfAModelThatSeesIsFound() throws IOException {
        Path original = Golden.directory("gemma3_text");
        String text = Files.readString(original.resolve("config.json"));
        for (String prefix : new String[]{"language_model.model.", "model.language_model."}) {
            Files.writeString(folder.resolve("config.json"), """
                    {"architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3",
                     "vision_config": {"hidden_size": 1152}, "text_config": %s}""".formatted(text));
            Path weights = folder.resolve("model.safetensors");
            Files.deleteIfExists(weights);
            Files.copy(original.resolve("model.safetensors"), weights);
            SafetensorsBytes.rename(weights, "model.", prefix);

            try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device();
                    LoadedModel loaded = Models.load(folder, device, LoadOptions.defaults().withMaxRows(48))) {
                float[] logits = Golden.logits(loaded.model(), Golden.tokens(original), 48, KvFormats.F32);
                assertThat(Golden.largestDifference(logits, Npy.read(original.resolve("logits.npy")).values()))
                        .isLessThan(2e-4f);
            }
        }
    }

    @Test
    void optionsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> LoadOptions.defaults().withMaxRows(0)).isInstanceOf(UsageException.class)
                .hasMessageContaining("PIN-MODEL-OPTION");
        assertThatThrownBy(() -> LoadOptions.defaults().withContextLength(-1)).isInstanceOf(UsageException.class)
                .hasMessageContaining("PIN-MODEL-OPTION");
    }

    @Test
    void familiesHaveDistinctNames() {
        assertThat(ModelRegistry.families()).extracting(family -> family.name()).doesNotHaveDuplicates()
                .containsExactly("llama", "mistral", "qwen2", "qwen3", "phi3", "gemma2", "gemma3");
        assertThat(ModelRegistry.families()).flatExtracting(family -> family.huggingFaceNames())
                .doesNotHaveDuplicates();
    }

    private static void refused(CausalModel model, Step step, Tensor logits) {
        assertThatThrownBy(() -> model.forward(step, logits)).isInstanceOf(EngineException.class)
                .hasMessageContaining("PIN-MODEL-STEP");
    }

    private static KvCache cache(CausalModel model) {
        return new PagedKvCache(model.device(), model.kvLayouts(KvFormats.F32, KvFormats.F32, 16), 64);
    }
}
