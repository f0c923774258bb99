/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;

import io.pinyon.KvUsage;
import io.pinyon.Model;
import io.pinyon.ModelOptions;
import io.pinyon.Pinyon;
import io.pinyon.Session;
import io.pinyon.error.MemoryException;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/**
 * One long prompt has the same answer, and the same logits bit for bit, wherever its keys and values lie and whoever
 * computed them. The memory of the {@code cpu} device is the host's, so what may lie on the device and on the host adds up.
 */
class PlacementTest {
    private static final int CONTEXT = 8192;
    private static final ModelOptions OPTIONS = HarbourNeedle.options();

    @TempDir
    static Path folder;

    private static Model model;
    private static HarbourNeedle needle;
    /** Forked from a session behind the document, before that went on. */
    private static Session fork;
    private static Path saved;
    private static HarbourNeedle.Answer expected;
    private static KvUsage resident;
    private static long workingBytes;

    @BeforeAll
    static void allResident() {
        model = Pinyon.load(HarbourNeedle.model(), OPTIONS);
        needle = HarbourNeedle.of(model.tokenizer(), CONTEXT);
        workingBytes = hostBytes(model);
        saved = folder.resolve("document.kv");
        try (Session session = model.session(HarbourNeedle.placed("device", CONTEXT))) {
            session.append(needle.document());
            session.save(saved);
            fork = session.fork();
            expected = needle.answer(session);
            resident = session.kv();
        }
    }

    @AfterAll
    static void close() {
        if (fork != null) {
            fork.close();
        }
        if (model != null) {
            model.close();
        }
    }

    private static long hostBytes(Model loaded) {
        return loaded.memory().items().stream().filter(item -> item.tier() == Tier.HOST)
                .mapToLong(MemorySnapshot.Item::bytes).sum();
    }

    @Test
    void residentSessionFindsTheNeedle() {
        assertThat(needle.document().length + needle.rest().length).isBetween(CONTEXT - 128, CONTEXT);
        assertThat(needle.rightly(expected, model.tokenizer())).as(needle.needle().answer()).isTrue();
        assertThat(resident.bytesByTier()).isEqualTo(Map.of(Tier.HOST, resident.bytes()));
    }

    @Test
    void forkAgrees() {
        assertThat(needle.answer(fork)).isEqualTo(expected);
    }

    @Test
    void anotherProcessAgrees() {
        String[] args = Stream.concat(Stream.of(saved.toString()),
                Arrays.stream(needle.rest()).mapToObj(Integer::toString)).toArray(String[]::new);

        Processes.Ended ended = Processes.java(HarbourNeedle.program(SavedNeedle.class), args);

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out().lines()).containsExactly(expected.tokens().toString(), expected.logits().toString());
    }

    @Test
    void tiersWithoutDiskAndAnAdoptedPrefixAgree() {
        try (Model sharing = Pinyon.load(HarbourNeedle.model(), OPTIONS.withSharePrefixes(true));
                Session first = sharing.session(HarbourNeedle.placed("tiers:device=10%", CONTEXT));
                Session second = sharing.session(HarbourNeedle.placed("device", CONTEXT))) {
            first.append(needle.document());
            long once = HarbourNeedle.kvBytes(sharing);
            int[] whole = Stream.of(needle.document(), needle.rest()).flatMapToInt(Arrays::stream).toArray();

            // what is adopted ends where the first session ended, so the steps of the rest are the same
            HarbourNeedle.Answer adopting = HarbourNeedle.answer(second, whole);
            long both = HarbourNeedle.kvBytes(sharing);

            assertThat(adopting).isEqualTo(expected);
            assertThat(both - once).as("bytes of the second session's own").isLessThan(second.kv().bytes() / 10);
            assertThat(needle.answer(first)).isEqualTo(expected);
            assertThat(first.kv().bytesByTier()).isEqualTo(resident.bytesByTier());
        }
    }

    @Test
    void mostOnDiskAgrees() {
        ModelOptions options = OPTIONS.withKvFile(folder.resolve("most.pages"));
        try (Model loaded = Pinyon.load(HarbourNeedle.model(), options);
                Session session = loaded.session(HarbourNeedle.placed("tiers:device=5%,host=10%", CONTEXT))) {
            session.append(needle.document());
            assertThat(needle.answer(session)).isEqualTo(expected);

            KvUsage kv = session.kv();
            assertThat(kv.bytes()).isEqualTo(resident.bytes());
            assertThat((double) kv.bytesByTier().get(Tier.DISK) / kv.bytes()).isCloseTo(0.85, within(0.02));
            assertThat(kv.bytesByTier().get(Tier.HOST) + kv.bytesByTier().get(Tier.DISK)).isEqualTo(kv.bytes());
        }
    }

    /** Keys and values of the context take more than the memory that there may be. */
    @Test
    void contextLargerThanMemoryRunsWithTiersOnly() {
        ModelOptions options = OPTIONS.withKvFile(folder.resolve("budget.pages"))
                .withMemoryLimit(workingBytes + resident.bytes() * 6 / 10);
        try (Model loaded = Pinyon.load(HarbourNeedle.model(), options)) {
            try (Session session = loaded.session(HarbourNeedle.placed("device", CONTEXT))) {
                session.append(Arrays.copyOf(needle.document(), HarbourNeedle.CHUNK));
                int[] more = Arrays.copyOfRange(needle.document(), HarbourNeedle.CHUNK, needle.document().length);

                assertThatThrownBy(() -> session.append(more)).isInstanceOf(MemoryException.class)
                        .hasMessageStartingWith("PIN-MEMORY-BUDGET: ");

                assertThat(session.length()).isEqualTo(HarbourNeedle.CHUNK);
                session.append(Arrays.copyOf(more, HarbourNeedle.CHUNK));
            }
            assertThat(HarbourNeedle.kvBytes(loaded)).isZero();
            try (Session session = loaded.session(HarbourNeedle.placed("tiers", CONTEXT))) {
                session.append(needle.document());
                assertThat(needle.answer(session)).isEqualTo(expected);
                assertThat(session.kv().bytesByTier().get(Tier.DISK)).isPositive();
            }
            assertThat(loaded.memory().peakByTier().get(Tier.HOST))
                    .isLessThanOrEqualTo(options.deviceOptions().budget().device().orElseThrow());
        }
    }
}
