/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

import io.pinyon.device.Device;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvTiers;
import io.pinyon.device.PageStore;
import io.pinyon.error.EngineException;
import io.pinyon.kv.place.PageFile;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Tier;

/** A device with pages in a file. */
final class FileHouse implements TierHouse {
    /**
     * What there is for pages.
     *
     * @param memory bytes of memory by tier; tiers that are not named have no limit
     * @param fileBytes limit of the file
     */
    record Room(Map<Tier, Long> memory, long fileBytes) {
        /** As much as anybody could need. */
        static final Room AMPLE = new Room(Map.of(), 1L << 24);
    }

    private static final long SLOT = 4096;

    private final Supplier<Device> open;
    private final Path file;
    private final Room room;
    private final LosingStore store;
    private final List<PageStore.Stored> found;
    private final Device device;

    /**
     * @param open opens a device
     * @param file where its pages go
     * @param room what there is for them
     */
    FileHouse(Supplier<Device> open, Path file, Room room) {
        this.open = open;
        this.file = file;
        this.room = room;
        store = new LosingStore(PageFile.open(file, new byte[32], SLOT, OptionalLong.of(room.fileBytes())));
        found = store.found();
        device = open.get();
        device.openTiers(new KvTiers(SLOT, FarAttention.AUTO, Optional.of(store)));
        // what the device itself takes is not for pages
        room.memory().forEach((tier, bytes) -> device.memory().limit(tier, used(tier) + bytes));
    }

    private long used(Tier tier) {
        return device.memory().snapshot().items().stream().filter(item -> item.tier() == tier)
                .mapToLong(MemorySnapshot.Item::bytes).sum();
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public List<PageStore.Stored> found() {
        return found;
    }

    @Override
    public boolean lose(KvPage page) {
        if (page.tier() != Tier.DISK) {
            return false;
        }
        store.losing = true;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment image = arena.allocate(page.bytes(), 64);
            device.read(page, image);
            return false;
        } catch (EngineException e) {
            return e.code().equals("PIN-KV-CHECKSUM");
        } finally {
            store.losing = false;
        }
    }

    @Override
    public TierHouse afterCrash() {
        try {
            Path copy = Files.createTempFile(file.getParent(), "pages", ".kv");
            Files.write(copy, Files.readAllBytes(file));
            return new FileHouse(open, copy, room);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        device.close();
        store.close();
    }

    /** A store that forgets what is in a slot on purpose. */
    private static final class LosingStore implements PageStore {
        private final PageStore store;
        private final Set<Integer> lost = new HashSet<>();
        private boolean losing;

        LosingStore(PageStore store) {
            this.store = store;
        }

        @Override
        public long slotBytes() {
            return store.slotBytes();
        }

        @Override
        public synchronized int put(MemorySegment page, byte[] label) {
            int slot = store.put(page, label);
            lost.remove(slot);
            return slot;
        }

        @Override
        public synchronized void get(int slot, MemorySegment target) {
            if (losing) {
                lost.add(slot);
            }
            if (lost.contains(slot)) {
                throw new EngineException("PIN-KV-CHECKSUM", "slot " + slot + " was lost on purpose", "none");
            }
            store.get(slot, target);
        }

        @Override
        public void free(int slot) {
            store.free(slot);
        }

        @Override
        public List<Stored> found() {
            return store.found();
        }

        @Override
        public void close() {
            store.close();
        }
    }
}
