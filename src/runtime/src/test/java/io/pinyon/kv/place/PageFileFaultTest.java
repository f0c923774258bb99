/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.pinyon.device.PageStore;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PageFileFaultTest {
    private static final int PAGE = 100;
    private static final int STRIDE = 4096 + 4096;
    private static final int HEADER = 4096;

    @TempDir
    Path folder;

    Path path;

    @BeforeEach
    void nameTheFile() {
        path = folder.resolve("kv.pages");
    }

    private PageFile open() {
        return PageFile.open(path, Pages.fingerprint(0), PAGE, OptionalLong.empty());
    }

    private PageFile open(FaultyChannel.Fault fault) {
        return PageFile.open(path, Pages.fingerprint(0), PAGE, OptionalLong.empty(),
                (file, options) -> new FaultyChannel(FileChannel.open(file, options), 1500, fault));
    }

    private Map<Integer, byte[]> found() {
        Map<Integer, byte[]> found = new HashMap<>();
        try (PageFile store = open()) {
            for (PageStore.Stored stored : store.found()) {
                found.put(Pages.number(stored), Pages.get(store, stored.slot(), PAGE));
            }
        }
        return found;
    }

    /** All that a put writes, cut after every byte: older pages are whole, and the new one is whole or not there. */
    @Test
    void aTornWriteIsAFreeSlot() throws IOException {
        byte[] before;
        byte[] after;
        try (PageFile store = open()) {
            for (int i = 0; i < 3; i++) {
                Pages.put(store, i, PAGE, Pages.label(i));
            }
            store.free(1);
            before = Files.readAllBytes(path);
            assertThat(Pages.put(store, 7, PAGE, Pages.label(7))).isEqualTo(1);
            after = Files.readAllBytes(path);
        }
        int page = HEADER + STRIDE;
        int record = page + 4096;
        int recordEnd = record + 28 + Pages.label(7).length;
        for (int torn = page; torn <= record + 4096; torn++) {
            boolean padding = (torn > page + PAGE && torn < record) || torn > recordEnd;
            if (padding && torn % 97 != 0) {
                continue;
            }
            byte[] image = before.clone();
            System.arraycopy(after, page, image, page, torn - page);
            Files.write(path, image);
            Map<Integer, byte[]> found = found();
            assertThat(found.keySet()).as("cut after %d", torn - page)
                    .isEqualTo(torn < recordEnd ? Set.of(0, 2) : Set.of(0, 2, 7));
            found.forEach((number, bytes) -> assertThat(bytes).isEqualTo(Pages.bytes(number, PAGE)));
        }
    }

    @Test
    void aByteThatChangedIsNoticed() throws IOException {
        try (PageFile store = open()) {
            for (int i = 0; i < 2; i++) {
                Pages.put(store, i, PAGE, Pages.label(i));
            }
        }
        byte[] whole = Files.readAllBytes(path);
        int label = HEADER + 4096 + 28 + Pages.label(0).length;
        for (int at = HEADER; at < HEADER + STRIDE; at++) {
            boolean payload = at < HEADER + PAGE;
            boolean record = at >= HEADER + 4096 && at < label;
            if (!payload && !record && at % 211 != 0) {
                continue;
            }
            byte[] image = whole.clone();
            image[at] ^= 0x10;
            Files.write(path, image);
            try (PageFile store = open()) {
                assertThat(store.found()).as("byte %d", at).hasSize(record ? 1 : 2);
                if (payload) {
                    assertThatThrownBy(() -> Pages.get(store, 0, PAGE)).isInstanceOf(EngineException.class)
                            .hasMessageStartingWith("PIN-KV-CHECKSUM: ").hasMessageContaining("slot 0");
                } else if (!record) {
                    assertThat(Pages.get(store, 0, PAGE)).isEqualTo(Pages.bytes(0, PAGE));
                }
                assertThat(Pages.get(store, 1, PAGE)).isEqualTo(Pages.bytes(1, PAGE));
            }
        }
    }

    @Test
    void aRecordInAnotherSlotIsNone() throws IOException {
        try (PageFile store = open()) {
            for (int i = 0; i < 3; i++) {
                Pages.put(store, i, PAGE, Pages.label(i));
            }
        }
        byte[] image = Files.readAllBytes(path);
        System.arraycopy(image, HEADER, image, HEADER + STRIDE, STRIDE);
        Files.write(path, image);
        assertThat(found()).containsOnlyKeys(0, 2);
    }

    @Test
    void aFileThatWasCutLosesWhatIsGone() throws IOException {
        try (PageFile store = open()) {
            for (int i = 0; i < 3; i++) {
                Pages.put(store, i, PAGE, Pages.label(i));
            }
            Files.write(path, Arrays.copyOf(Files.readAllBytes(path), HEADER + STRIDE + 50));
            assertThatThrownBy(() -> Pages.get(store, 1, PAGE)).isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("PIN-KV-READ: ").hasMessageContaining("ends");
            assertThat(Pages.get(store, 0, PAGE)).isEqualTo(Pages.bytes(0, PAGE));
        }
    }

    /** Every write of the whole life of a store fails once, in its turn, and nothing but that put is affected. */
    @Test
    void aFullDiskAtAnyMomentCostsOnlyThatPage() throws IOException {
        for (String[] message : new String[][]{{"No space left on device", "PIN-KV-DISKFULL"},
                {"Disk quota exceeded", "PIN-KV-DISKFULL"}, {"Input/output error", "PIN-KV-WRITE"}}) {
            int failing = 0;
            for (boolean reached = true; reached; failing++) {
                Files.deleteIfExists(path);
                reached = liveThrough(failing, message[0], message[1]);
            }
            assertThat(failing).as("writes that failed in their turn").isGreaterThan(20);
        }
    }

    private boolean liveThrough(int failing, String message, String code) {
        var writes = new AtomicInteger();
        FaultyChannel.Fault fault = operation -> {
            if (!"read".equals(operation) && writes.getAndIncrement() == failing) {
                throw new IOException(message);
            }
        };
        Map<Integer, Integer> slots = new HashMap<>();
        try (PageFile store = open(fault)) {
            for (int i = 0; i < 5; i++) {
                int number = i;
                try {
                    slots.put(number, Pages.put(store, number, PAGE, Pages.label(number)));
                } catch (MemoryException e) {
                    assertThat(e.code()).isEqualTo(code);
                }
                if (i == 2 && slots.containsKey(1)) {
                    store.free(slots.remove(1));
                }
                slots.forEach((known, slot) -> assertThat(Pages.get(store, slot, PAGE))
                        .isEqualTo(Pages.bytes(known, PAGE)));
            }
        } catch (MemoryException e) {
            assertThat(e.code()).as("the file could not be created").isEqualTo(code);
        }
        Map<Integer, byte[]> found = found();
        assertThat(found).containsKeys(slots.keySet().toArray(Integer[]::new));
        found.forEach((number, bytes) -> assertThat(bytes).isEqualTo(Pages.bytes(number, PAGE)));
        return writes.get() > failing;
    }

    @Test
    void whatCannotBeReadIsSaid() {
        var broken = new AtomicBoolean();
        try (PageFile store = open(operation -> {
            if ("read".equals(operation) && broken.get()) {
                throw new IOException("Input/output error");
            }
        })) {
            int slot = Pages.put(store, 0, PAGE, Pages.label(0));
            broken.set(true);
            assertThatThrownBy(() -> Pages.get(store, slot, PAGE)).isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("PIN-KV-READ: ").hasMessageContaining("Input/output error");
            broken.set(false);
            assertThat(Pages.get(store, slot, PAGE)).isEqualTo(Pages.bytes(0, PAGE));
        }
    }

    @Test
    void aFileThatMayNotBeWrittenIsRefused() {
        assertThatThrownBy(
                () -> PageFile.open(path, Pages.fingerprint(0), PAGE, OptionalLong.empty(), (file, options) -> {
                    throw new AccessDeniedException(file.toString());
                })).isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-KV-FILE: ")
                .hasMessageContaining("AccessDenied");
        open().close();
    }
}
