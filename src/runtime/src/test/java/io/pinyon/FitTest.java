/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.MemoryBudget;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What is chosen fits, and what was chosen before it does not. */
class FitTest {
    private static final Path MODEL = Path.of(System.getProperty("pinyon.root"))
            .resolve("models/harbour-14m-q8_0.gguf");

    @TempDir
    static Path folder;

    @BeforeAll
    static void model() {
        assumeTrue(Files.exists(MODEL), MODEL + " is not there");
    }

    private static ModelOptions options(String device, String budget, boolean file) {
        ModelOptions options = ModelOptions.defaults().withDevice(device).withThreads(2)
                .withBudget(MemoryBudget.parse(budget));
        options = options.withDeviceOptions(options.deviceOptions().withGroupBytes(1 << 20));
        return file ? options.withKvFile(folder.resolve("pages")) : options;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cpu  | 40MiB                    | false | full      | prefill chunk
            cpu  | 24MiB                    | false | full      | prefill chunk, context
            cpu  | 50MiB                    | false | codec=f32 | KV format
            cpu  | 38MiB                    | false | codec=f32 | prefill chunk, KV format
            cpu  | 24MiB                    | true  | full      | KV
            cpu  | 24MiB                    | true  | codec=f32/bf16 | KV format, KV
            cpu  | 14MiB                    | true  | full      | prefill chunk, KV
            cuda | device=55MiB             | false | full      | prefill chunk
            cuda | device=40MiB             | false | full      | KV
            cuda | device=40MiB             | false | codec=f32 | KV format, KV
            cuda | device=40MiB,host=45MiB  | true  | full      | KV
            cuda | device=24MiB,host=45MiB  | false | full      | prefill chunk, KV, context
            cuda | device=24MiB,host=45MiB,disk=4MiB | true  | full      | prefill chunk, KV, context
            cuda | device=24MiB,host=38MiB,disk=1GiB | true  | codec=f32 | prefill chunk, KV format, KV
            """)
    void givesUpOneThingAfterTheOther(String device, String budget, boolean file, String kv, String changed) {
        ModelOptions options = options(device, budget, file);
        SessionOptions session = SessionOptions.defaults().withKv(kv).withContextLength(8192);

        Fit fit = Pinyon.fit(MODEL, options, session, 1);

        assertThat(fit.plan().fits()).isTrue();
        assertThat(Pinyon.plan(MODEL, fit.model(), fit.session(), 1)).isEqualTo(fit.plan());
        assertThat(fit.changes()).extracting(Fit.Change::what).isEqualTo(List.of(changed.split(", ")));
        assertThat(fit.model().deviceOptions()).isEqualTo(options.deviceOptions());
        assertThat(fit.plan().prefillChunk()).isBetween(64, 512);
        assertThat(fit.plan().contextLength()).isBetween(256, 8192);
        assertThat(withoutTheLastChange(options, session, fit).fits()).isFalse();
        assertThat(withLess(fit, options)).allMatch(plan -> !plan.fits());
    }

    /** The choice before the last one. */
    private static Plan withoutTheLastChange(ModelOptions options, SessionOptions session, Fit fit) {
        Fit.Change last = fit.changes().getLast();
        return switch (last.what()) {
            case "prefill chunk" -> Pinyon.plan(MODEL, options, fit.session(), 1);
            case "context" -> Pinyon.plan(MODEL, fit.model(),
                    fit.session().withContextLength(fit.session().contextLength() + 64), 1);
            default -> Pinyon.plan(MODEL, fit.model(), session.withKv(last.before()), 1);
        };
    }

    /** Choices in which one thing is given up less. */
    private static List<Plan> withLess(Fit fit, ModelOptions options) {
        int chunk = fit.model().prefillChunk();
        return chunk == options.prefillChunk()
                ? List.of()
                : List.of(Pinyon.plan(MODEL, fit.model().withPrefillChunk(2 * chunk), fit.session(), 1));
    }

    @Test
    void changesNothingThatFits() {
        ModelOptions options = options("cpu", "4GiB", false);
        SessionOptions session = SessionOptions.defaults().withContextLength(1000);

        Fit fit = Pinyon.fit(MODEL, options, session, 2);

        assertThat(fit.changes()).isEmpty();
        assertThat(fit.model()).isEqualTo(options);
        assertThat(fit.session()).isEqualTo(session);
        assertThat(fit.plan()).isEqualTo(Pinyon.plan(MODEL, options, session, 2));
        assertThat(Pinyon.fit(MODEL, options, session.withKv(" AUTO "), 2).session())
                .isEqualTo(session.withKv("codec=f16"));
    }

    @Test
    void saysWhatItDid() {
        Fit fit = Pinyon.fit(MODEL, options("cpu", "24MiB", false), SessionOptions.defaults().withKv("codec=f32")
                .withContextLength(8192), 1);

        assertThat(fit.changes()).isNotEmpty().allSatisfy(change -> assertThat(change.toString())
                .matches("(prefill chunk|KV format|KV|context) .+ -> .+: .+"));
    }

    @Test
    void refusesWhatNothingHelps() {
        ModelOptions options = options("cpu", "1MiB", true);
        SessionOptions session = SessionOptions.defaults().withContextLength(8192);

        assertThatThrownBy(() -> Pinyon.fit(MODEL, options, session, 1)).isInstanceOf(MemoryException.class)
                .hasMessageContaining("PIN-MEMORY-PLAN").hasMessageContaining("raise the budget to device=");
        assertThatThrownBy(() -> Pinyon.fit(MODEL, options, session.withKv("kivi"), 1))
                .isInstanceOf(UsageException.class).hasMessageContaining("PIN-KV-UNSUPPORTED");
    }
}
