/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pinyon.error.ModelFileException;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Any bytes are either read as a safetensors file, or as an index, or refused by code.
 *
 * <p>The build replays the kept seeds. To look for new ones, here for an hour: {@code JAZZER_FUZZ=1 mvn -pl src/runtime
 * test -Dtest=SafetensorsFuzzTest#readsOrRefuses -Djazzer.hooks=true -Djazzer.max_duration=1h}, one method at a time.
 */
class SafetensorsFuzzTest {
    @TempDir
    static Path folder;

    @FuzzTest(maxDuration = "2m")
    void readsOrRefuses(byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("fuzz.safetensors"), bytes);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (String name : file.names()) {
                readTensor(file, name, bytes.length);
            }
        } catch (ModelFileException e) {
            requireCoded(e);
        }
    }

    private static void readTensor(SafetensorsFile file, String name, int limit) {
        try {
            TensorData tensor = file.find(name).orElseThrow();
            assertThat(tensor.bytes().byteSize()).isEqualTo(tensor.elements() * tensor.format().blockBytes())
                    .isLessThanOrEqualTo(limit);
            assertThat(tensor.toFloats()).hasSize((int) tensor.elements());
        } catch (ModelFileException e) {
            assertThat(e.code()).isEqualTo("PIN-SAFETENSORS-DTYPE");
        }
    }

    @FuzzTest(maxDuration = "2m")
    void readsOrRefusesAnIndex(byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("fuzz.index.json"), bytes);
        try {
            assertThat(SafetensorsIndex.read(path).values())
                    .allSatisfy(shard -> assertThat(folder.resolve(shard).normalize().getParent()).isEqualTo(folder));
        } catch (ModelFileException e) {
            requireCoded(e);
        }
    }

    private static void requireCoded(ModelFileException e) {
        assertThat(e.code()).startsWith("PIN-");
        assertThat(e.getMessage()).doesNotContain("\n");
    }
}
