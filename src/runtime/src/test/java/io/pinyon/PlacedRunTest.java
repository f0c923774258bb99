/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.pinyon.error.UsageException;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Runs whose pages lie in several tiers hold on each what was planned, and compute what others compute. */
class PlacedRunTest {
    private static final Path MODEL = Path.of(System.getProperty("pinyon.root"))
            .resolve("models/harbour-14m-q8_0.gguf");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cpu    | 1200 | 128 | codec=f16; place=tiers:device=10%,host=10%        | 1
            cpu    | 700  | 64  | codec=f32; place=tiers:device=0,host=1MiB         | 2
            cpu    | 2000 | 512 | codec=bf16:page=16; place=tiers:device=25%,host=0 | 1
            scalar | 60   | 16  | codec=f16:page=8; place=tiers:device=5%,host=10%  | 1
            """)
    void peaksOfEveryTierAreAsPlanned(String device, int context, int chunk, String kv, int sessions) {
        assumeTrue(Files.exists(MODEL), MODEL + " is not there");
        ModelOptions options = ModelOptions.defaults().withDevice(device).withThreads(2).withPrefillChunk(chunk)
                .withKvFile(folder.resolve("pages"));
        SessionOptions session = SessionOptions.defaults().withKv(kv).withContextLength(context);
        Plan plan = Pinyon.plan(MODEL, options, session, sessions);

        Filled placed = fill(options, session, sessions);

        assertThat(placed.memory().peakByTier()).containsKey(Tier.DISK);
        placed.memory().peakByTier().forEach((tier, peak) -> assertThat(plan.memory().bytes(tier))
                .as("%s of %s", tier, plan).isCloseTo(peak, withinPercentage(5)));
        assertThat(placed.sessions()).allSatisfy(usage -> {
            assertThat(usage.bytesByTier().values().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(usage.bytes());
            assertThat(usage.bytesByTier()).containsOnlyKeys(Tier.HOST, Tier.DISK);
        });
        assertThat(sum(placed.sessions().stream().map(KvUsage::bytesByTier).toList(), Tier.DISK))
                .isEqualTo(booked(placed.memory(), Tier.DISK));
        Filled resident = fill(options, session.withKv(kv.replaceAll(";.*", "")), sessions);
        assertThat(placed.tokens()).isEqualTo(resident.tokens());
    }

    private static long sum(List<Map<Tier, Long>> bytes, Tier tier) {
        return bytes.stream().mapToLong(map -> map.getOrDefault(tier, 0L)).sum();
    }

    private static long booked(MemorySnapshot memory, Tier tier) {
        return memory.items().stream().filter(item -> item.tier() == tier && item.purpose() == Purpose.KV)
                .mapToLong(MemorySnapshot.Item::bytes).sum();
    }

    private record Filled(MemorySnapshot memory, List<KvUsage> sessions, List<List<Integer>> tokens) {}

    /** Opens all sessions at once and fills each to the last token. */
    private static Filled fill(ModelOptions options, SessionOptions session, int count) {
        try (Model model = Pinyon.load(MODEL, options)) {
            List<Session> open = new ArrayList<>();
            List<List<Integer>> tokens = new ArrayList<>();
            try {
                int[] prompt = IntStream.range(0, session.contextLength() - 9).map(i -> 3 + i % 90).toArray();
                for (int i = 0; i < count; i++) {
                    Session filled = open(model, session);
                    open.add(filled);
                    tokens.add(filled.generate(prompt, GenerateOptions.builder().maxTokens(9).stopAtEnd(false).build(),
                            _ -> {}).tokens());
                }
                return new Filled(model.memory(), open.stream().map(Session::kv).toList(), tokens);
            } finally {
                open.forEach(Session::close);
            }
        }
    }

    private static Session open(Model model, SessionOptions options) {
        try {
            return model.session(options);
        } catch (UsageException e) {
            if (e.code().equals("PIN-KV-TIERS")) {
                abort("pages cannot move here: " + e.problem());
            }
            throw e;
        }
    }
}
