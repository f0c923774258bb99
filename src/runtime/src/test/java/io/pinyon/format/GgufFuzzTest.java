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
 * Any bytes are either read as a GGUF file or refused by code.
 *
 * <p>The build replays the kept seeds. To look for new ones, here for an hour: {@code JAZZER_FUZZ=1 mvn -pl src/runtime
 * test -Dtest=GgufFuzzTest -Djazzer.hooks=true -Djazzer.max_duration=1h}.
 */
class GgufFuzzTest {
    private static final long READ_LIMIT = 1 << 20;

    @TempDir
    static Path folder;

    @FuzzTest(maxDuration = "2m")
    void readsOrRefuses(byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("fuzz.gguf"), bytes);
        try (GgufFile file = GgufFile.open(path)) {
            for (TensorData tensor : file.tensors()) {
                assertThat(tensor.bytes().byteSize()).isEqualTo(tensor.rows() * tensor.format().bytes(tensor.cols()))
                        .isLessThanOrEqualTo(bytes.length);
                if (tensor.elements() <= READ_LIMIT) {
                    assertThat(tensor.toFloats()).hasSize((int) tensor.elements());
                }
            }
            for (String key : file.metadata().keys()) {
                assertThat(file.metadata().find(key).orElseThrow().toString()).isNotNull();
                readStrings(file.metadata(), key);
            }
        } catch (ModelFileException e) {
            assertThat(e.code()).startsWith("PIN-");
            assertThat(e.getMessage()).doesNotContain("\n");
        }
    }

    private static void readStrings(Metadata metadata, String key) {
        try {
            assertThat(metadata.requireStrings(key)).doesNotContainNull();
        } catch (ModelFileException e) {
            assertThat(e.code()).isIn("PIN-GGUF-KEYTYPE", "PIN-GGUF-UTF8", "PIN-GGUF-BOOL");
        }
    }
}
