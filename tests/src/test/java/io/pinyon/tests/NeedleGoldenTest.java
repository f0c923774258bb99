/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;

import io.pinyon.cli.needle.Needle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** The recall tests are those of {@code models/recipe/corpus.py}; the goldens were written by CPython. */
class NeedleGoldenTest {
    static Stream<JsonNode> goldens() throws IOException {
        try (InputStream in = NeedleGoldenTest.class.getResourceAsStream("/golden/corpus/needle.json")) {
            return new ObjectMapper().readTree(in).valueStream();
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void promptIsThatOfPython(JsonNode golden) throws NoSuchAlgorithmException {
        Needle needle = Needle.of(golden.get("seed").asLong(), golden.get("n_chars").asInt(),
                golden.get("depth").asDouble());

        byte[] hash = MessageDigest.getInstance("SHA-256").digest(needle.prompt().getBytes(StandardCharsets.UTF_8));
        String shown = golden.get("prompt").asString();
        assertThat(needle.prompt()).hasSize(golden.get("prompt_chars").asInt());
        assertThat(needle.prompt().substring(0, shown.length())).isEqualTo(shown);
        assertThat(HexFormat.of().formatHex(hash)).isEqualTo(golden.get("prompt_sha256").asString());
        assertThat(needle.answer()).isEqualTo(golden.get("answer").asString());
    }
}
