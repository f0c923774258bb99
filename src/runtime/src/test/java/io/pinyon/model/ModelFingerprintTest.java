/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Devices;
import io.pinyon.error.UsageException;
import io.pinyon.kv.Fingerprint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class ModelFingerprintTest {
    private static final int CONTEXT = 512;

    @TempDir
    private Path folder;

    private static Fingerprint of(Path path) {
        try (ModelSource source = ModelSource.open(path)) {
            return source.fingerprint(CONTEXT);
        }
    }

    private Path copy() throws IOException {
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(Golden.directory("llama31").resolve(name), folder.resolve(name));
        }
        return folder;
    }

    private void replace(String text, String other) throws IOException {
        Path config = folder.resolve("config.json");
        String before = Files.readString(config);
        assertThat(before).contains(text);
        Files.writeString(config, before.replace(text, other));
    }

    @Test
    void modelsDiffer() {
        Set<Fingerprint> all = new HashSet<>();
        for (String name : List.of("llama", "llama31", "mistral", "qwen2", "qwen3", "phi3", "gemma2", "gemma3_text")) {
            assertThat(all.add(of(Golden.directory(name)))).as(name).isTrue();
        }
    }

    @Test
    void aCopyIsTheSameWhateverItsName() throws IOException {
        Fingerprint original = of(Golden.directory("llama31"));
        assertThat(of(copy())).isEqualTo(original).hasSameHashCodeAs(original);
        replace("{", "{\"_name_or_path\": \"another name\",");
        assertThat(of(folder)).isEqualTo(original);
        assertThat(original.toString()).hasSize(64).startsWith(original.brief());
        assertThat(Fingerprint.of(original.bytes())).isEqualTo(original);
    }

    @Test
    void everySwitchCounts() throws IOException {
        Fingerprint original = of(copy());
        for (List<String> change : List.of(List.of("\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": 1e-05"),
                List.of("\"high_freq_factor\": 4.0", "\"high_freq_factor\": 5.0"),
                List.of("\"max_position_embeddings\": 512", "\"max_position_embeddings\": 511"))) {
            replace(change.getFirst(), change.getLast());
            assertThat(of(folder)).as(change.getLast()).isNotEqualTo(original);
            replace(change.getLast(), change.getFirst());
        }
        try (ModelSource source = ModelSource.open(folder)) {
            assertThat(source.fingerprint(CONTEXT)).isEqualTo(original);
            assertThat(source.fingerprint(CONTEXT + 1)).isNotEqualTo(original);
        }
    }

    @Test
    void theEndsOfEveryTensorCount() throws IOException {
        Fingerprint original = of(copy());
        Path weights = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        assertThat(of(folder)).isNotEqualTo(original);
    }

    @Test
    void aLoadedModelComputesItOnce() {
        LoadedModel loaded;
        try (Device device = Devices.open("scalar", DeviceOptions.defaults()).device()) {
            loaded = Models.load(Golden.directory("llama"), device, LoadOptions.defaults());
            Fingerprint first = loaded.fingerprint();
            loaded.close();
            assertThat(loaded.fingerprint()).isSameAs(first).isEqualTo(of(Golden.directory("llama")));
            LoadedModel other = Models.load(Golden.directory("llama"), device, LoadOptions.defaults());
            other.close();
            assertThatThrownBy(other::fingerprint).isInstanceOf(UsageException.class)
                    .hasMessageStartingWith("PIN-FORMAT-CLOSED: ");
        }
    }

    /** Snapshots in use become useless when this changes. */
    @Test
    void theFingerprintOfTheBundledModelStays() {
        Path path = Path.of(System.getProperty("pinyon.root", ".")).resolve("models/harbour-14m-q8_0.gguf");
        assumeTrue(Files.exists(path), () -> "no bundled model at " + path);
        try (ModelSource source = ModelSource.open(path)) {
            assertThat(source.fingerprint(source.config().model().contextLength()))
                    .hasToString("c132fb4cb25caa3766fadabc0eb288f92c56f35b533e25c78bff69fa800bb8f9");
        }
    }
}
