/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A trained model, from its directory to the answer. */
class HarbourSessionTest {
    private static final String LOGBOOK = """
            Logbook of the harbour of Holby.
            Altam counted 30 casks at the east gate and found nothing wrong.
            Maves was born in Elby.
            In the evening Nivena went to the lighthouse and spoke with Jota about the feast of lanterns.
            The password for cellar 568 is green seal 8450.
            Kadon counted 48 bales at the lower inn and found nothing wrong.
            """;

    @Test
    void aQuestionIsAnsweredFromTheDocument() {
        Path path = Path.of(System.getProperty("pinyon.root", ".")).resolveSibling("shared")
                .resolve("models/harbour-14m");
        assumeTrue(Files.exists(path), () -> "no trained model at " + path);
        GenerateOptions options = GenerateOptions.builder().maxTokens(24).stop("\n").build();
        try (Model model = Pinyon.load(path); Session session = model.session()) {
            Completion completion = session.generate(
                    LOGBOOK + "Question: What is the password for cellar 568? Answer:", options);
            assertThat(completion.text()).isEqualTo(" green seal 8450.");
            assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP_STRING);
            Completion next = session.generate("Question: Where was Maves born? Answer:", options);
            assertThat(next.text()).isEqualTo(" Elby.");
        }
    }
}
