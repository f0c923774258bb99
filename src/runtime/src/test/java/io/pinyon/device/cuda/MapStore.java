/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.pinyon.device.PageStore;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;

/** A store in memory, which can be full and can lose pages. */
final class MapStore implements PageStore {
    private final long slotBytes;
    private final Map<Integer, byte[]> slots = new TreeMap<>();
    private final Map<Integer, byte[]> labels = new TreeMap<>();
    private final List<Integer> lost = new ArrayList<>();
    private int next;
    private int capacity = Integer.MAX_VALUE;

    MapStore(long slotBytes) {
        this.slotBytes = slotBytes;
    }

    synchronized void capacity(int pages) {
        capacity = pages;
    }

    synchronized void lose(int slot) {
        lost.add(slot);
    }

    synchronized int used() {
        return slots.size();
    }

    synchronized byte[] label(int slot) {
        return labels.get(slot).clone();
    }

    @Override
    public long slotBytes() {
        return slotBytes;
    }

    @Override
    public synchronized int put(MemorySegment page, byte[] label) {
        if (slots.size() >= capacity) {
            throw new MemoryException("PIN-KV-DISKFULL", "full", "use a larger one");
        }
        slots.put(next, page.toArray(ValueLayout.JAVA_BYTE));
        labels.put(next, label.clone());
        return next++;
    }

    @Override
    public synchronized void get(int slot, MemorySegment target) {
        if (lost.contains(slot)) {
            throw new EngineException("PIN-KV-CHECKSUM", "slot " + slot + " is not what was written", "recompute it");
        }
        byte[] page = slots.get(slot);
        if (page == null || page.length != target.byteSize()) {
            throw new AssertionError("slot " + slot + " was read for " + target);
        }
        target.copyFrom(MemorySegment.ofArray(page));
    }

    @Override
    public synchronized void free(int slot) {
        if (slots.remove(slot) == null) {
            throw new AssertionError("slot " + slot + " was freed twice");
        }
    }

    @Override
    public List<Stored> found() {
        return List.of();
    }

    @Override
    public void close() {}
}
