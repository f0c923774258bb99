/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** An interrupt closes a channel for everybody, and must not close a store. */
class PageFileInterruptTest {
    private static final int PAGE = 3000;

    @TempDir
    Path folder;

    Path path;

    private final AtomicInteger operationsUntilInterrupt = new AtomicInteger();

    @BeforeEach
    void nameTheFile() {
        path = folder.resolve("kv.pages");
    }

    @AfterEach
    void leaveNoInterrupt() {
        Thread.interrupted();
    }

    private PageFile open() {
        return PageFile.open(path, Pages.fingerprint(0), PAGE, OptionalLong.empty(),
                (file, options) -> new FaultyChannel(FileChannel.open(file, options), 1000, _ -> {
                    if (operationsUntilInterrupt.decrementAndGet() == 0) {
                        Thread.currentThread().interrupt();
                    }
                }));
    }

    @Test
    void anInterruptedOperationIsDoneAndTheThreadStaysInterrupted() {
        int operations = 8; // of three pieces of a page and five of a record
        try (PageFile store = open()) {
            for (int i = 1; i <= operations; i++) {
                operationsUntilInterrupt.set(i);
                int slot = Pages.put(store, i, PAGE, Pages.label(i));
                assertThat(Thread.interrupted()).as("operation %d", i).isTrue();
                operationsUntilInterrupt.set(1 + i % 3);
                assertThat(Pages.get(store, slot, PAGE)).isEqualTo(Pages.bytes(i, PAGE));
                assertThat(Thread.interrupted()).as("operation %d", i).isTrue();
            }
            Thread.currentThread().interrupt();
            store.free(3);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        }
        assertThat(Thread.interrupted()).isTrue();
        try (PageFile store = open()) {
            assertThat(store.found()).hasSize(operations - 1);
        }
    }

    @Test
    void othersDoNotNotice() throws InterruptedException {
        var failure = new AtomicReference<@Nullable Throwable>();
        List<Thread> workers = new ArrayList<>();
        try (PageFile store = PageFile.open(path, Pages.fingerprint(0), PAGE, OptionalLong.empty())) {
            for (int t = 0; t < 4; t++) {
                int thread = t;
                workers.add(Thread.ofPlatform().start(() -> {
                    try {
                        for (int i = 0; i < 300; i++) {
                            int slot = Pages.put(store, thread * 1000 + i, PAGE, new byte[0]);
                            assertThat(Pages.get(store, slot, PAGE)).isEqualTo(Pages.bytes(thread * 1000 + i, PAGE));
                            store.free(slot);
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            while (workers.stream().anyMatch(Thread::isAlive)) {
                workers.getFirst().interrupt();
                workers.get(1).interrupt();
                Thread.sleep(1);
            }
            assertThat(failure.get()).isNull();
        }
    }

    @Test
    void theLockStays() {
        try (PageFile store = open()) {
            operationsUntilInterrupt.set(2);
            Pages.put(store, 0, PAGE, Pages.label(0));
            assertThat(Thread.interrupted()).isTrue();
            assertThatThrownBy(this::open).hasMessageStartingWith("PIN-KV-FILEBUSY: ");
        }
    }

    /** An open file outlives its name, until it must be opened again. */
    @Test
    void aFolderThatIsDeletedLeavesCodedErrors() throws IOException {
        path = Files.createDirectory(folder.resolve("sub")).resolve("kv.pages");
        try (PageFile store = open()) {
            int slot = Pages.put(store, 0, PAGE, Pages.label(0));
            for (Path file : List.of(path, path.resolveSibling("kv.pages.lock"), path.getParent())) {
                Files.delete(file);
            }
            assertThat(Pages.get(store, slot, PAGE)).isEqualTo(Pages.bytes(0, PAGE));
            operationsUntilInterrupt.set(2);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> Pages.get(store, slot, PAGE)).isInstanceOf(EngineException.class)
                        .hasMessageStartingWith("PIN-KV-READ: ");
                assertThatThrownBy(() -> Pages.put(store, 1, PAGE, new byte[0])).isInstanceOf(MemoryException.class)
                        .hasMessageStartingWith("PIN-KV-WRITE: ");
            }
        }
    }

    @Test
    void anotherFileInItsPlaceIsLeftAlone() throws IOException {
        try (PageFile store = open()) {
            int slot = Pages.put(store, 0, PAGE, Pages.label(0));
            Files.delete(path);
            Files.writeString(path, "A diary. ".repeat(1000));
            operationsUntilInterrupt.set(1);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> Pages.get(store, slot, PAGE)).isInstanceOf(EngineException.class)
                        .hasMessageStartingWith("PIN-KV-READ: ").hasMessageContaining("another file");
                assertThatThrownBy(() -> Pages.put(store, 1, PAGE, new byte[0])).isInstanceOf(MemoryException.class)
                        .hasMessageStartingWith("PIN-KV-WRITE: ").hasMessageContaining("another file");
            }
        }
        assertThat(path).hasContent("A diary. ".repeat(1000));
    }
}
