/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;

import io.pinyon.Completion;
import io.pinyon.FinishReason;
import io.pinyon.Model;
import io.pinyon.ModelOptions;
import io.pinyon.Pinyon;
import io.pinyon.Session;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.MemoryBudget;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a session whose pages lie on disk does when the disk, its owner or the system lets it down. */
class PlacementFaultTest {
    private static final int CONTEXT = 2048;
    private static final String MOSTLY_DISK = "tiers:device=5%,host=5%";
    private static final ModelOptions OPTIONS = HarbourNeedle.options();

    @TempDir
    static Path folder;

    private static HarbourNeedle needle;
    private static int[] prompt;
    /** What follows the prompt. */
    private static List<Integer> firstTokens;
    /** What follows those. */
    private static List<Integer> secondTokens;
    private static HarbourNeedle.Answer expected;
    private static long kvBytes;

    @BeforeAll
    static void withoutFaults() {
        try (Model model = Pinyon.load(HarbourNeedle.model(), OPTIONS)) {
            needle = HarbourNeedle.of(model.tokenizer(), CONTEXT);
            prompt = IntStream.concat(Arrays.stream(needle.document()), Arrays.stream(needle.rest())).toArray();
            try (Session session = model.session(HarbourNeedle.placed("device", CONTEXT))) {
                session.append(needle.document());
                try (Session fork = session.fork()) {
                    expected = needle.answer(fork);
                }
                firstTokens = session.generate(needle.rest(), HarbourNeedle.greedy(8), _ -> {}).tokens();
                secondTokens = session.generate(lastOf(firstTokens), HarbourNeedle.greedy(8), _ -> {}).tokens();
                kvBytes = session.kv().bytes();
            }
        }
    }

    private static int[] lastOf(List<Integer> tokens) {
        return new int[]{tokens.getLast()};
    }

    @Test
    void fullDiskLeavesTheSessionAsItWas() {
        ModelOptions options = OPTIONS.withKvFile(folder.resolve("full.pages"))
                .withBudget(MemoryBudget.NONE.withDisk(kvBytes / 2));
        try (Model model = Pinyon.load(HarbourNeedle.model(), options)) {
            try (Session session = model.session(HarbourNeedle.placed(MOSTLY_DISK, CONTEXT))) {
                int[] document = needle.document();
                int[] more = Arrays.copyOfRange(document, HarbourNeedle.CHUNK, document.length);
                session.append(Arrays.copyOf(document, HarbourNeedle.CHUNK));

                assertThatThrownBy(() -> session.append(more)).isInstanceOf(MemoryException.class)
                        .hasMessageStartingWith("PIN-KV-DISKFULL: ");

                assertThat(session.tokens()).isEqualTo(Arrays.copyOf(document, HarbourNeedle.CHUNK));
                session.truncate(HarbourNeedle.CHUNK / 2);
                int[] other = Arrays.copyOf(more, HarbourNeedle.CHUNK / 2);
                assertThat(HarbourNeedle.answer(session, other))
                        .isEqualTo(answerWithoutDisk(Arrays.copyOf(document, HarbourNeedle.CHUNK), other));
            }
            assertNothingIsLeft(model);
        }
    }

    private static HarbourNeedle.Answer answerWithoutDisk(int[] first, int[] other) {
        try (Model model = Pinyon.load(HarbourNeedle.model(), OPTIONS);
                Session session = model.session(HarbourNeedle.placed("device", CONTEXT))) {
            session.append(first);
            session.truncate(HarbourNeedle.CHUNK / 2);
            return HarbourNeedle.answer(session, other);
        }
    }

    @Test
    void damagedPageIsComputedAgain() throws IOException {
        Path file = folder.resolve("damaged.pages");
        try (Model model = Pinyon.load(HarbourNeedle.model(), OPTIONS.withKvFile(file))) {
            try (Session session = model.session(HarbourNeedle.placed(MOSTLY_DISK, CONTEXT))) {
                session.append(needle.document());
                assertThat(session.generate(needle.rest(), HarbourNeedle.greedy(8), _ -> {}).tokens())
                        .isEqualTo(firstTokens);
                damage(file);

                try (Warnings warnings = new Warnings()) {
                    Completion again = session.generate(lastOf(firstTokens), HarbourNeedle.greedy(8), _ -> {});

                    assertThat(again.tokens()).isEqualTo(secondTokens);
                    assertThat(warnings.messages()).isNotEmpty()
                            .allSatisfy(message -> assertThat(message).contains("PIN-KV-CHECKSUM", "computed again"));
                }
                assertThat(session.length()).isEqualTo(prompt.length + 8 + 1 + 8);
                assertThat(session.kv().bytes()).isEqualTo(kvBytes).isEqualTo(HarbourNeedle.kvBytes(model));
            }
            assertNothingIsLeft(model);
        }
    }

    /** Changes bytes of two pages: of the first slot, and of one in the middle of the file. */
    private static void damage(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            for (long offset : new long[]{4096 + 100, channel.size() / 8192 * 4096 + 100}) {
                ByteBuffer bytes = ByteBuffer.allocate(64);
                assertThat(channel.read(bytes, offset)).isEqualTo(64);
                for (int i = 0; i < 64; i++) {
                    bytes.put(i, (byte) ~bytes.get(i));
                }
                assertThat(channel.write(bytes.flip(), offset)).isEqualTo(64);
            }
        }
    }

    private static void assertNothingIsLeft(Model model) {
        assertThat(model.memory().items()).filteredOn(item -> item.purpose() == Purpose.KV)
                .extracting(MemorySnapshot.Item::bytes).isNotEmpty().containsOnly(0L);
    }

    /** What is logged as a warning. */
    private static final class Warnings extends Handler implements AutoCloseable {
        private final Logger logger = Logger.getLogger("io.pinyon");
        private final List<String> messages = new ArrayList<>();

        Warnings() {
            logger.addHandler(this);
        }

        @Override
        public synchronized void publish(LogRecord entry) {
            if (entry.getLevel().equals(Level.WARNING)) {
                messages.add(entry.getMessage());
            }
        }

        synchronized List<String> messages() {
            return List.copyOf(messages);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {
            logger.removeHandler(this);
        }
    }

    @Test
    void closingDuringAnotherThreadsCallIsRefused() throws Exception {
        ModelOptions options = OPTIONS.withKvFile(folder.resolve("closed.pages"));
        try (ExecutorService other = Executors.newSingleThreadExecutor();
                Model model = Pinyon.load(HarbourNeedle.model(), options);
                Session session = model.session(HarbourNeedle.placed(MOSTLY_DISK, CONTEXT))) {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch refused = new CountDownLatch(1);
            Future<Completion> running = other.submit(() -> session.generate(prompt, HarbourNeedle.greedy(100), _ -> {
                begun.countDown();
                await(refused);
            }));
            await(begun);

            assertThatThrownBy(session::close).isInstanceOf(UsageException.class)
                    .hasMessageStartingWith("PIN-SESSION-BUSY: ");
            assertThatThrownBy(model::close).isInstanceOf(UsageException.class)
                    .hasMessageStartingWith("PIN-MODEL-BUSY: ");
            session.cancel();
            refused.countDown();
            assertThat(running.get(60, TimeUnit.SECONDS).finishReason()).isEqualTo(FinishReason.CANCELLED);
            closeTwice(session);

            assertThatThrownBy(() -> session.append(prompt)).hasMessageStartingWith("PIN-SESSION-CLOSED: ");
            assertNothingIsLeft(model);
            closeTwice(model);
        }
    }

    private static void closeTwice(AutoCloseable resource) throws Exception {
        resource.close();
        resource.close();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Test
    void killedProcessLeavesWholePagesToTheNext() throws IOException, InterruptedException {
        Path file = folder.resolve("killed.pages");
        fillUntilKilled(file);
        ModelOptions options = OPTIONS.withSharePrefixes(true).withKvFile(file);
        int reused = needle.document().length - HarbourNeedle.CHUNK;
        try (Model model = Pinyon.load(HarbourNeedle.model(), options);
                Session session = model.session(HarbourNeedle.placed(MOSTLY_DISK, CONTEXT))) {
            assertThat(kvOn(model, Tier.DISK).bytes()).as("bytes that were found").isGreaterThan(kvBytes / 2);

            session.append(Arrays.copyOf(prompt, reused + 1));
            // a step of the prompt, if one had run, would have had its pages in memory
            assertThat(kvOn(model, Tier.HOST).peakBytes()).as("bytes that were not found")
                    .isLessThan(kvBytes * HarbourNeedle.CHUNK / prompt.length / 2);
            session.append(Arrays.copyOfRange(prompt, reused + 1, needle.document().length));

            assertThat(needle.answer(session).tokens()).isEqualTo(expected.tokens());
        }
        damage(file);
        try (Warnings warnings = new Warnings();
                Model model = Pinyon.load(HarbourNeedle.model(), options);
                Session session = model.session(HarbourNeedle.placed(MOSTLY_DISK, CONTEXT))) {
            session.append(needle.document());

            assertThat(needle.answer(session).tokens()).isEqualTo(expected.tokens());
            assertThat(warnings.messages()).isNotEmpty()
                    .allSatisfy(message -> assertThat(message).contains("PIN-KV-CHECKSUM"));
        }
    }

    private static MemorySnapshot.Item kvOn(Model model, Tier tier) {
        return model.memory().items().stream().filter(item -> item.purpose() == Purpose.KV && item.tier() == tier)
                .findFirst().orElse(new MemorySnapshot.Item(tier, Purpose.KV, 0, 0));
    }

    private static void fillUntilKilled(Path file) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC"));
        command.addAll(HarbourNeedle.program(PageFiller.class));
        command.addAll(List.of(file.toString(), Integer.toString(CONTEXT)));
        Arrays.stream(needle.document()).forEach(id -> command.add(Integer.toString(id)));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader output = process.inputReader()) {
            List<String> lines = new ArrayList<>();
            while (lines.stream().noneMatch("other"::equals)) {
                String line = output.readLine();
                assertThat(line).as("after " + lines).isNotNull();
                lines.add(line);
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
