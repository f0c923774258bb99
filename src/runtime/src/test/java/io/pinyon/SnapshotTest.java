/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.PinyonException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What saving and opening promise, and what they refuse. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SnapshotTest {
    private static final ModelOptions SCALAR = ModelOptions.defaults().withDevice("scalar");
    private static final int[] TOKENS = IntStream.range(0, 50).map(i -> 3 + i * 7 % 150).toArray();

    private Path directory;
    private Model model;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeAll
    void load(@TempDir Path temporary) throws IOException {
        directory = TinyModel.in(temporary);
        model = Pinyon.load(directory, SCALAR);
    }

    @BeforeEach
    void save() {
        file = folder.resolve("session.kv");
        try (Session session = model.session(SessionOptions.defaults().withKv("codec=f16:page=16"))) {
            session.append(TOKENS);
            session.save(file, "a note: ü");
        }
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(model.memory().bytes(Purpose.KV)).isZero();
        assertThat(model.memory().bytes(Purpose.STAGING)).isZero();
    }

    @AfterAll
    void unload() {
        model.close();
    }

    private static void refused(Class<? extends PinyonException> kind, String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(kind).hasMessageStartingWith(code + ": ");
    }

    private void openingIsRefused(String code) {
        refused(ModelFileException.class, code, () -> model.open(file).close());
    }

    private void edit(int offset, int value) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(offset, value);
        Files.write(file, bytes);
    }

    @Test
    void theNoteComesBack() {
        try (Session session = model.open(file); Session fork = session.fork(); Session fresh = model.session()) {
            assertThat(session.note()).isEqualTo("a note: ü");
            assertThat(fork.note()).isEqualTo("a note: ü");
            assertThat(fresh.note()).isEmpty();
            session.truncate(10);
            session.save(file);
            try (Session again = model.open(file)) {
                assertThat(again.note()).isEqualTo("a note: ü");
                assertThat(again.length()).isEqualTo(10);
            }
        }
    }

    @Test
    void equalSessionsGiveEqualFiles() throws IOException {
        Path other = folder.resolve("other.kv");
        try (Session session = model.session(SessionOptions.defaults().withKv("codec=f16:page=16"))) {
            session.append(TOKENS);
            session.append(TOKENS);
            session.truncate(TOKENS.length);
            session.save(other, "a note: ü");
        }
        assertThat(Files.mismatch(file, other)).isEqualTo(-1);
    }

    @Test
    void savingLeavesTheSessionAndReplacesTheFile() throws IOException {
        try (Session session = model.session()) {
            session.save(file);
            assertThat(session.length()).isZero();
            session.append(TOKENS);
            KvUsage before = session.kv();
            session.save(file);
            assertThat(session.kv()).isEqualTo(before);
            assertThat(session.tokens()).isEqualTo(TOKENS);
        }
        try (Session session = model.open(file); Stream<Path> files = Files.list(folder)) {
            assertThat(session.tokens()).isEqualTo(TOKENS);
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void anOpenedSessionKeepsTheModelOpen() {
        Session session = model.open(file);
        refused(UsageException.class, "PIN-MODEL-BUSY", model::close);
        session.close();
        Model closed = Pinyon.load(directory, SCALAR);
        closed.close();
        refused(UsageException.class, "PIN-MODEL-CLOSED", () -> closed.open(file).close());
    }

    @Test
    void theContextMayBeAnother() {
        try (Session session = model.open(file, SessionOptions.asSaved().withContextLength(50))) {
            assertThat(session.contextLength()).isEqualTo(50);
            refused(UsageException.class, "PIN-PROMPT-TOOLONG", () -> session.append(new int[]{5}));
        }
        refused(UsageException.class, "PIN-OPTION-CONTEXT",
                () -> model.open(file, SessionOptions.asSaved().withContextLength(49)).close());
        refused(UsageException.class, "PIN-OPTION-CONTEXT",
                () -> model.open(file, SessionOptions.asSaved().withContextLength(513)).close());
    }

    @Test
    void theCodecMayBeNamedButNotChanged() {
        for (String same : new String[]{"codec=f16:page=16", "codec=F16/f16:page=16", " "}) {
            try (Session session = model.open(file, SessionOptions.asSaved().withKv(same))) {
                assertThat(session.kv().spec()).isEqualTo("codec=f16:page=16");
            }
        }
        for (String other : new String[]{"full", "codec=f16", "codec=bf16:page=16", "codec=f16/f32:page=16"}) {
            assertThatThrownBy(() -> model.open(file, SessionOptions.asSaved().withKv(other)).close())
                    .isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-SNAPSHOT-SPEC: ")
                    .hasMessageContaining(other).hasMessageContaining("codec=f16/f16:page=16");
        }
        refused(UsageException.class, "PIN-KV-UNSUPPORTED",
                () -> model.open(file, SessionOptions.asSaved().withKv("codec=zip9")).close());
        refused(UsageException.class, "PIN-KV-SYNTAX", () -> model.session(SessionOptions.asSaved()).close());
    }

    @Test
    void anotherModelIsRefused(@TempDir Path other) throws IOException {
        TinyModel.in(other);
        byte[] weights = Files.readAllBytes(other.resolve("model.safetensors"));
        weights[weights.length - 2] ^= 1;
        Files.write(other.resolve("model.safetensors"), weights);
        try (Model changed = Pinyon.load(other, SCALAR)) {
            assertThatThrownBy(() -> changed.open(file).close()).isInstanceOf(ModelFileException.class)
                    .hasMessageStartingWith("PIN-SNAPSHOT-MODEL: ").hasMessageContaining(model.info().name())
                    .hasMessageContaining(changed.info().name());
        }
    }

    @Test
    void whatIsNoSnapshotIsRefused() throws IOException {
        Files.write(file, new byte[0]);
        openingIsRefused("PIN-SNAPSHOT-FORMAT");
        Files.writeString(file, "short");
        openingIsRefused("PIN-SNAPSHOT-FORMAT");
        Files.copy(directory.resolve("config.json"), file, StandardCopyOption.REPLACE_EXISTING);
        openingIsRefused("PIN-SNAPSHOT-FORMAT");
        refused(ModelFileException.class, "PIN-FILE-DIRECTORY", () -> model.open(folder).close());
        refused(ModelFileException.class, "PIN-FILE-MISSING", () -> model.open(folder.resolve("none")).close());
    }

    @Test
    void anotherVersionIsRefused() throws IOException {
        edit(8, 2);
        openingIsRefused("PIN-SNAPSHOT-VERSION");
        edit(8, 0);
        openingIsRefused("PIN-SNAPSHOT-VERSION");
    }

    @Test
    void damageIsRefusedByPlace() throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        for (int length = 8; length < bytes.length; length += 1 + bytes.length / 40) {
            Files.write(file, Arrays.copyOf(bytes, length));
            openingIsRefused("PIN-SNAPSHOT-CORRUPT");
        }
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));
        openingIsRefused("PIN-SNAPSHOT-CORRUPT");
        // the second page of the first layer of the last block, which has one page of each of the three layers
        byte[] damaged = bytes.clone();
        int block = (damaged.length - 4096) / 4;
        damaged[damaged.length - block + 3000] ^= 4;
        Files.write(file, damaged);
        assertThatThrownBy(() -> model.open(file).close()).isInstanceOf(ModelFileException.class)
                .hasMessageStartingWith("PIN-SNAPSHOT-CORRUPT: ").hasMessageContaining("page 3 of layer 1");
    }

    @Test
    void whatDoesNotFitInMemoryIsGivenBack() {
        ModelOptions small = SCALAR.withPrefillChunk(1);
        long needed;
        try (Model roomy = Pinyon.load(directory, small)) {
            needed = roomy.memory().peakByTier().get(Tier.HOST);
        }
        // room for nothing, for one page on its way, and for the pages of the first blocks
        for (long room : new long[]{0, 2048, 2048 + 3 * 2048, 2048 + 8 * 2048}) {
            try (Model tight = Pinyon.load(directory, small.withMemoryLimit(needed + room))) {
                refused(MemoryException.class, "PIN-MEMORY-BUDGET", () -> tight.open(file).close());
                assertThat(tight.memory().bytes(Purpose.KV)).isZero();
                assertThat(tight.memory().bytes(Purpose.STAGING)).isZero();
                tight.session().close();
            }
        }
        try (Model enough = Pinyon.load(directory, small.withMemoryLimit(needed + 2048 + 12 * 2048));
                Session session = enough.open(file)) {
            assertThat(session.kv().bytes()).isEqualTo(12 * 2048);
        }
    }

    @Test
    void whatCannotBeWrittenIsRefusedAndLeavesNothing() throws IOException {
        try (Session session = model.session()) {
            session.append(TOKENS);
            refused(EngineException.class, "PIN-IO-WRITE", () -> session.save(folder));
            refused(EngineException.class, "PIN-IO-WRITE", () -> session.save(folder.resolve("no/such.kv")));
            session.append(TOKENS);
            assertThat(session.length()).isEqualTo(100);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aBusySessionIsNotSaved() {
        try (Session session = model.session()) {
            session.logits(TOKENS, (_, _, _) -> {
                refused(UsageException.class, "PIN-SESSION-BUSY", () -> session.save(folder.resolve("busy.kv")));
            });
            assertThat(folder.resolve("busy.kv")).doesNotExist();
        }
        Session closed = model.session();
        closed.close();
        refused(UsageException.class, "PIN-SESSION-CLOSED", () -> closed.save(file));
    }

    @Test
    void aSessionWithTokensTakenOutIsNotSaved() {
        try (Session session = model.open(file)) {
            session.excise(16, 32);
            refused(UsageException.class, "PIN-SNAPSHOT-REMOVED", () -> session.save(folder.resolve("gap.kv")));
            assertThat(folder.resolve("gap.kv")).doesNotExist();
        }
    }

    @Test
    void savingCanBeCancelled() throws InterruptedException {
        try (Session session = model.open(file)) {
            Path target = folder.resolve("cancelled.kv");
            var running = new AtomicBoolean(true);
            Thread canceller = Thread.ofPlatform().start(() -> {
                while (running.get()) {
                    session.cancel();
                }
            });
            int cancelled = 0;
            for (int i = 0; i < 500 && cancelled == 0; i++) {
                try {
                    session.save(target);
                    Files.delete(target);
                } catch (EngineException e) {
                    assertThat(e.code()).isEqualTo("PIN-SESSION-CANCELLED");
                    cancelled++;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            running.set(false);
            canceller.join();
            assertThat(cancelled).isPositive();
            assertThat(target).doesNotExist();
            assertThat(session.tokens()).isEqualTo(TOKENS);
        }
    }

    @Test
    void otherSessionsGoOnMeanwhile() throws InterruptedException {
        try (Session busy = model.session(); Session session = model.open(file)) {
            var begun = new CountDownLatch(1);
            Thread thread = Thread.ofPlatform().start(() -> busy.generate(TOKENS,
                    GenerateOptions.builder().maxTokens(200).stopAtEnd(false).build(), _ -> begun.countDown()));
            begun.await();
            for (int i = 0; i < 5; i++) {
                session.save(file);
                try (Session again = model.open(file)) {
                    assertThat(again.tokens()).isEqualTo(TOKENS);
                }
            }
            thread.join();
            assertThat(busy.length()).isEqualTo(TOKENS.length + 200);
        }
    }
}
