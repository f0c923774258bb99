/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.pinyon.device.PageStore;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PageFileTest {
    private static final int PAGE = 5000;
    private static final long STRIDE = 8192 + 4096;

    @TempDir
    Path folder;

    Path path;

    @BeforeEach
    void nameTheFile() {
        path = folder.resolve("kv.pages");
    }

    private PageFile open() {
        return open(0, PAGE);
    }

    private PageFile open(int kind, long slotBytes) {
        return PageFile.open(path, Pages.fingerprint(kind), slotBytes, OptionalLong.empty());
    }

    @Test
    void pagesOfAllSizesComeBack() {
        try (PageFile store = open()) {
            assertThat(store.slotBytes()).isEqualTo(PAGE);
            assertThat(store.found()).isEmpty();
            for (int i = 0; i < 20; i++) {
                assertThat(Pages.put(store, i, 1 + i * 263, Pages.label(i))).isEqualTo(i);
            }
            try (Arena arena = Arena.ofConfined()) {
                for (int i = 19; i >= 0; i--) {
                    var target = arena.allocate(1 + i * 263);
                    store.get(i, target);
                    assertThat(target.toArray(ValueLayout.JAVA_BYTE))
                            .isEqualTo(Pages.bytes(i, 1 + i * 263)).isEqualTo(Pages.get(store, i, 1 + i * 263));
                }
            }
        }
    }

    @Test
    void labelledPagesAreFoundAgainAndOthersAreNot() throws IOException {
        try (PageFile store = open()) {
            for (int i = 0; i < 10; i++) {
                Pages.put(store, i, PAGE, i % 2 == 0 ? Pages.label(i) : new byte[0]);
            }
            store.free(4);
            store.free(4);
            assertThat(store.found()).as("only what was there when it was opened").isEmpty();
        }
        assertThat(Files.size(path)).as("nothing stays behind the last labelled page").isEqualTo(4096 + 9 * STRIDE);
        try (PageFile store = open()) {
            assertThat(store.found()).extracting(Pages::number).containsExactly(0, 2, 6, 8);
            for (PageStore.Stored stored : store.found()) {
                assertThat(stored.bytes()).isEqualTo(PAGE);
                assertThat(Pages.get(store, stored.slot(), PAGE)).isEqualTo(Pages.bytes(Pages.number(stored), PAGE));
            }
            assertThat(Pages.put(store, 50, PAGE, Pages.label(50))).as("the first free slot").isEqualTo(1);
            store.free(store.found().getFirst().slot());
            assertThat(store.found()).extracting(Pages::number).containsExactly(2, 6, 8);
        }
        try (PageFile store = open()) {
            assertThat(store.found()).extracting(Pages::number).containsExactly(50, 2, 6, 8);
            store.found().forEach(stored -> store.free(stored.slot()));
        }
        assertThat(Files.size(path)).isEqualTo(4096);
    }

    @Test
    void freeingAfterClosingLeavesThePage() {
        PageFile first = open();
        int slot = Pages.put(first, 1, PAGE, Pages.label(1));
        first.close();
        first.free(slot);
        first.close();
        try (PageFile store = open()) {
            assertThat(store.found()).extracting(Pages::number).containsExactly(1);
        }
        assertThatThrownBy(() -> Pages.get(first, slot, PAGE)).isInstanceOf(EngineException.class)
                .hasMessageStartingWith("PIN-OP-CLOSED");
        assertThatThrownBy(() -> Pages.put(first, 2, PAGE, new byte[0])).isInstanceOf(EngineException.class)
                .hasMessageStartingWith("PIN-OP-CLOSED");
    }

    @Test
    void aFileForOthersStartsOver() {
        for (int round = 0; round < 3; round++) {
            try (PageFile store = open(round % 2, PAGE - round / 2)) {
                assertThat(store.found()).isEmpty();
                Pages.put(store, round, 100, Pages.label(round));
            }
        }
    }

    @Test
    void aHeaderThatWasNotWrittenToItsEndStartsOver() throws IOException {
        try (PageFile store = open()) {
            Pages.put(store, 0, PAGE, Pages.label(0));
        }
        byte[] whole = Files.readAllBytes(path);
        for (int length = 0; length < 4096; length += length < 80 ? 1 : 500) {
            Files.write(path, Arrays.copyOf(whole, length));
            try (PageFile store = open()) {
                assertThat(store.found()).isEmpty();
                Pages.put(store, 1, PAGE, Pages.label(1));
            }
            try (PageFile store = open()) {
                assertThat(store.found()).extracting(Pages::number).containsExactly(1);
            }
        }
    }

    @Test
    void whatIsNoPageFileIsLeftAlone() throws IOException {
        for (String text : List.of("#", "A diary. ".repeat(2000))) {
            Files.writeString(path, text);
            assertThatThrownBy(this::open).isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-KV-FILE: ")
                    .hasMessageContaining(path.toString());
            assertThat(path).hasContent(text);
        }
        Files.delete(path);
        Files.createDirectory(path);
        assertThatThrownBy(this::open).isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-KV-FILE: ");
        path = folder.resolve("missing").resolve("kv.pages");
        assertThatThrownBy(this::open).isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-KV-FILE: ");
    }

    @Test
    void nonsenseIsRefused() {
        assertThatThrownBy(() -> PageFile.open(path, new byte[31], PAGE, OptionalLong.empty()))
                .hasMessageStartingWith("PIN-KV-FILE: ");
        assertThatThrownBy(() -> open(0, 0)).hasMessageStartingWith("PIN-KV-FILE: ");
        try (PageFile store = open()) {
            assertThatThrownBy(() -> Pages.put(store, 0, PAGE + 1, new byte[0])).isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("PIN-KV-SLOT: ");
            assertThatThrownBy(() -> Pages.put(store, 0, PAGE, new byte[PageStore.LABEL_BYTES + 1]))
                    .isInstanceOf(EngineException.class).hasMessageStartingWith("PIN-KV-SLOT: ");
            int slot = Pages.put(store, 0, 10, new byte[PageStore.LABEL_BYTES]);
            assertThatThrownBy(() -> Pages.get(store, slot, 11)).isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("PIN-KV-SLOT: ");
            assertThatThrownBy(() -> Pages.get(store, slot + 1, 10)).isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("PIN-KV-READ: ");
        }
    }

    @Test
    void theLimitHolds() throws IOException {
        try (PageFile store = PageFile.open(path, Pages.fingerprint(0), PAGE,
                OptionalLong.of(4096 + 3 * STRIDE + STRIDE - 1))) {
            for (int i = 0; i < 3; i++) {
                Pages.put(store, i, PAGE, new byte[0]);
            }
            for (int round = 0; round < 3; round++) {
                assertThatThrownBy(() -> Pages.put(store, 3, PAGE, new byte[0])).isInstanceOf(MemoryException.class)
                        .hasMessageStartingWith("PIN-KV-DISKFULL: ");
                store.free(round);
                assertThat(Pages.put(store, 10 + round, PAGE, new byte[0])).isEqualTo(round);
            }
            assertThat(Files.size(path)).isEqualTo(4096 + 3 * STRIDE);
        }
        assertThatThrownBy(
                () -> PageFile.open(folder.resolve("tiny"), Pages.fingerprint(0), PAGE, OptionalLong.of(4095)))
                .isInstanceOf(MemoryException.class).hasMessageStartingWith("PIN-KV-DISKFULL: ");
    }

    @Test
    void nobodyElseGetsIn() throws IOException {
        try (PageFile store = open()) {
            int slot = Pages.put(store, 0, PAGE, Pages.label(0));
            Path link = Files.createSymbolicLink(folder.resolve("link"), path);
            for (Path way : List.of(path, folder.resolve("x").resolveSibling(path.getFileName()), link)) {
                assertThatThrownBy(() -> PageFile.open(way, Pages.fingerprint(0), PAGE, OptionalLong.empty()))
                        .isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-KV-FILEBUSY: ");
            }
            assertThat(Pages.get(store, slot, PAGE)).isEqualTo(Pages.bytes(0, PAGE));
        }
        open().close();
    }

    @Test
    void threadsShareAStore() throws InterruptedException, ExecutionException {
        try (PageFile store = open(); var threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                int thread = t;
                Callable<Void> work = () -> churn(store, thread);
                all.add(threads.submit(work));
            }
            for (Future<?> each : all) {
                each.get();
            }
            assertThat(Pages.put(store, 0, 1, new byte[0])).as("all slots are free again").isZero();
        }
    }

    private static Void churn(PageFile store, int thread) {
        List<int[]> mine = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int number = thread * 1000 + i;
            mine.add(new int[]{Pages.put(store, number, PAGE, i % 3 == 0 ? Pages.label(number) : new byte[0]), number});
            if (i % 4 == 3) {
                int[] old = mine.remove(i % mine.size());
                assertThat(Pages.get(store, old[0], PAGE)).isEqualTo(Pages.bytes(old[1], PAGE));
                store.free(old[0]);
            }
        }
        for (int[] page : mine) {
            assertThat(Pages.get(store, page[0], PAGE)).isEqualTo(Pages.bytes(page[1], PAGE));
            store.free(page[0]);
        }
        return null;
    }
}
