/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** What is planned is what is booked afterwards. */
class PlanTest {
    @TempDir
    static Path folder;

    private static Path tiny = Path.of("");

    @BeforeAll
    static void model() throws IOException {
        tiny = TinyModel.in(folder);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            scalar | 100 | 32  | full            | 1
            scalar | 64  | 512 | codec=f32       | 3
            cpu    | 100 | 32  | full            | 1
            cpu    | 128 | 512 | codec=f32/bf16  | 2
            cpu    | 60  | 8   | codec=f16:page=4 | 1
            cpu    | 77  | 64  | codec=bf16:page=16 | 4
            """)
    void thePeakOfATinyModelIsAsPlanned(String device, int context, int chunk, String kv, int sessions) {
        // with one thread, because a second one need not come to take part in so little work, and then books nothing
        compare(tiny, options(device, chunk).withThreads(1), context, kv, sessions);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cpu    | 1200 | 512 | full                | 1
            cpu    | 700  | 64  | codec=f32           | 2
            cpu    | 2048 | 16  | codec=bf16:page=256 | 1
            cpu    | 400  | 130 | full                | 3
            scalar | 48   | 40  | codec=f16/f32       | 2
            """)
    void thePeakOfTheBundledModelIsAsPlanned(String device, int context, int chunk, String kv, int sessions) {
        compare(bundled(), options(device, chunk), context, kv, sessions);
    }

    private static Path bundled() {
        Path model = Path.of(System.getProperty("pinyon.root")).resolve("models/harbour-14m-q8_0.gguf");
        assumeTrue(Files.exists(model), model + " is not there");
        return model;
    }

    private static ModelOptions options(String device, int chunk) {
        return ModelOptions.defaults().withDevice(device).withThreads(2).withPrefillChunk(chunk);
    }

    private static void compare(Path path, ModelOptions options, int context, String kv, int sessions) {
        SessionOptions session = SessionOptions.defaults().withKv(kv).withContextLength(context);
        Plan plan = Pinyon.plan(path, options, session, sessions);
        MemorySnapshot memory = fill(path, options, session, sessions);

        assertThat(plan.contextLength()).isEqualTo(context);
        assertThat(memory.peakByTier().keySet()).isEqualTo(
                Set.of(Tier.HOST, Tier.MAPPED));
        memory.peakByTier().forEach((tier, peak) -> assertThat(plan.memory().bytes(tier)).as("%s of %s", tier, plan)
                .isCloseTo(peak, withinPercentage(5)));
        assertThat(planned(plan, Purpose.KV)).isEqualTo(memory.peak(Purpose.KV));
        assertThat(planned(plan, Purpose.WEIGHTS)).isEqualTo(memory.peak(Purpose.WEIGHTS));
    }

    private static long planned(Plan plan, Purpose purpose) {
        return plan.memory().items().stream().filter(item -> item.purpose() == purpose)
                .mapToLong(MemoryPlan.Item::bytes).sum();
    }

    /** Opens all sessions at once and fills each to the last token. */
    private static MemorySnapshot fill(Path path, ModelOptions options, SessionOptions session, int count) {
        try (Model model = Pinyon.load(path, options)) {
            List<Session> open = new ArrayList<>();
            try {
                int context = session.contextLength();
                int[] prompt = IntStream.range(0, context - 2).map(i -> 3 + i % 90).toArray();
                for (int i = 0; i < count; i++) {
                    Session filled = model.session(session);
                    open.add(filled);
                    filled.append(prompt);
                    filled.generate(new int[]{5},
                            GenerateOptions.builder().maxTokens(1).stopAtEnd(false).build(), _ -> {});
                    filled.truncate(context - 1);
                    filled.append(new int[]{7});
                }
                return model.memory();
            } finally {
                open.forEach(Session::close);
            }
        }
    }

    @Test
    void aPlanThatDoesNotFitSaysTheContextThatWould() {
        SessionOptions session = SessionOptions.defaults().withContextLength(128);
        long enough = Pinyon.plan(tiny, options("scalar", 16), session.withContextLength(64), 1).memory()
                .bytes(Tier.HOST);
        ModelOptions limited = options("scalar", 16).withMemoryLimit(enough);

        Plan plan = Pinyon.plan(tiny, limited, session, 1);

        assertThat(plan.fits()).isFalse();
        assertThat(plan.longestContext()).isEqualTo(64);
        assertThatThrownBy(plan::requireFit).isInstanceOf(MemoryException.class)
                .hasMessageContaining("PIN-MEMORY-PLAN").hasMessageContaining("KV pages")
                .hasMessageContaining("shorten the context to 64 tokens")
                .hasMessageContaining("no other KV format or placement helps")
                .hasMessageContaining("raise the budget to device=90KiB");
        Plan shorter = Pinyon.plan(tiny, limited, session.withContextLength(64), 1);
        shorter.requireFit();
        assertThat(fill(tiny, limited, session.withContextLength(64), 1).peakByTier().get(Tier.HOST))
                .isLessThanOrEqualTo(enough);
        assertThatThrownBy(() -> fill(tiny, limited, session, 1)).hasMessageContaining("PIN-MEMORY-BUDGET");
    }

    @Test
    void aPlanThatNoContextHelpsSaysSo() {
        Plan plan = Pinyon.plan(tiny, options("cpu", 512).withMemoryLimit(1000), SessionOptions.defaults(), 1);

        assertThat(plan.longestContext()).isZero();
        assertThatThrownBy(plan::requireFit).hasMessageContaining("a shorter context alone does not help");
    }

    @Test
    void aGpuNeedsNotBeThere() {
        Plan plan = Pinyon.plan(tiny, options("cuda", 64), SessionOptions.defaults().withContextLength(100), 2);

        assertThat(plan.tier()).isEqualTo(Tier.DEVICE);
        assertThat(plan.memory().bytes(Tier.DEVICE)).isPositive();
        assertThat(plan.memory().items()).extracting(MemoryPlan.Item::purpose)
                .contains(Purpose.WEIGHTS, Purpose.KV, Purpose.ACTIVATIONS, Purpose.STAGING);
        assertThat(plan.memory().bytes(Tier.HOST)).isEqualTo(36L << 20);
    }

    @Test
    void refusesImpossibleQuestions() {
        SessionOptions session = SessionOptions.defaults();
        assertThatThrownBy(() -> Pinyon.plan(tiny, ModelOptions.defaults(), session, 0))
                .isInstanceOf(UsageException.class).hasMessageContaining("PIN-OPTION-SESSIONS");
        assertThatThrownBy(() -> Pinyon.plan(tiny, ModelOptions.defaults(), session.withContextLength(1 << 30), 1))
                .isInstanceOf(UsageException.class).hasMessageContaining("PIN-OPTION-CONTEXT");
        assertThatThrownBy(() -> Pinyon.plan(tiny, ModelOptions.defaults().withDevice("abacus"), session, 1))
                .isInstanceOf(UsageException.class).hasMessageContaining("PIN-DEVICE-UNKNOWN");
    }
}
