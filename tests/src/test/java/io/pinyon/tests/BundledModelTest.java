/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The bundled model, found by its name, answers the questions about the bundled logbook. */
class BundledModelTest {
    private static final Path ROOT = Path.of(System.getProperty("pinyon.root"));
    private static final ObjectMapper JSON = new ObjectMapper();

    @BeforeAll
    static void home() {
        Path model = ROOT.resolve("models/harbour-14m-q8_0.gguf");
        assumeTrue(Files.exists(model), model + " is not there");
        System.setProperty("pinyon.home", ROOT.toString());
    }

    @AfterAll
    static void noHome() {
        System.clearProperty("pinyon.home");
    }

    @Test
    void answersFromTheLogbook() throws IOException {
        JsonNode questions = JSON.readTree(Files.readString(ROOT.resolve("models/sample/questions.json")));
        for (int i = 0; i < questions.size(); i += 4) {
            JsonNode question = questions.get(i);

            Cli run = Cli.run("ask", question.get("question").asString());

            assertThat(run.status()).as(run.err()).isZero();
            assertThat(run.out()).isEqualTo(question.get("answer").asString() + ".\n");
            assertThat(run.err()).contains("peak KV").contains("at 16 bits");
        }
    }

    @Test
    void recallsNeedles() {
        Cli run = Cli.run("eval", "needle", "--lengths", "1024", "--trials", "4", "--json");

        JsonNode result = JSON.readTree(run.out()).get("lengths").get("1024");
        assertThat(result.get("correct").asInt()).as(run.out()).isGreaterThanOrEqualTo(3);
        assertThat(result.get("mean_prompt_tokens").asDouble()).isBetween(900.0, 1024.0);
    }

    @Test
    void isNamedWhenAnotherIsNotFound() {
        assertThat(Cli.run("info", "-m", "nosuch").err()).contains("harbour-14m");
    }
}
