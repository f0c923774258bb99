/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.util.stream.Stream;

import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.KvSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What the table of methods says about KV specifications is what the parser does. */
class KvMethodsTest {
    static Stream<JsonNode> methods() {
        return new ObjectMapper().readTree(Cli.run("kv", "--json").out()).get("methods").valueStream();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void whatWorksIsTakenAndWhatIsPlannedIsRefused(JsonNode method) {
        String written = method.get("written").asString();
        if (method.get("state").asString().equals("works")) {
            KvSpec spec = KvSpec.parse(written);
            assertThat(spec.toString()).contains(written);
            assertThat(KvSpec.parse(spec.toString())).isEqualTo(spec);
        } else if (written.contains("=")) {
            assertThatThrownBy(() -> KvSpec.parse(written)).isInstanceOf(UsageException.class)
                    .hasMessageContaining("PIN-KV-");
        }
    }

    @Test
    void everyCodecIsInTheTable() {
        assertThat(methods().map(method -> method.get("written").asString()))
                .containsAll(KvFormats.all().stream().map(KvFormat::name).map(name -> "codec=" + name).toList());
    }
}
