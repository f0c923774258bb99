/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.pinyon.device.PageStore;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;

/** A store in the Java heap that fails when it is told to, and remembers who read what. */
public final class MemoryStore implements PageStore {
    private record Slot(MemorySegment bytes, ByteBuffer label) {}

    private final Map<Integer, Slot> slots = new TreeMap<>();
    private final Set<Integer> lost = new HashSet<>();
    private final Set<Integer> read = new HashSet<>();
    private final Set<String> readers = new HashSet<>();
    private int room = Integer.MAX_VALUE;
    private int next;
    private int reads;
    private boolean open = true;

    /** From now on there is room for so many more pages. */
    public synchronized void room(int pages) {
        room = slots.size() + pages;
    }

    /** From now on, all pages that are in the store cannot be read. */
    public synchronized void lose() {
        lost.addAll(slots.keySet());
    }

    /** The slot that was written last cannot be read. */
    public synchronized void loseLast() {
        lost.add(next - 1);
    }

    /** Everything can be read again. */
    public synchronized void heal() {
        lost.clear();
    }

    /** Pages that are in the store. */
    public synchronized int size() {
        return slots.size();
    }

    /** Slots that were read since it was asked last. */
    public synchronized Set<Integer> takeRead() {
        Set<Integer> taken = Set.copyOf(read);
        read.clear();
        return taken;
    }

    /** How many pages were read since it was asked last. */
    public synchronized int takeReads() {
        int taken = reads;
        reads = 0;
        return taken;
    }

    /** Names of the threads that have read. */
    public synchronized Set<String> readers() {
        return Set.copyOf(readers);
    }

    @Override
    public long slotBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public synchronized int put(MemorySegment page, byte[] label) {
        if (slots.size() >= room) {
            throw new MemoryException("PIN-KV-DISKFULL", "room for " + room + " pages", "ask for more");
        }
        slots.put(next,
                new Slot(MemorySegment.ofArray(page.toArray(ValueLayout.JAVA_BYTE)), ByteBuffer.wrap(label.clone())));
        return next++;
    }

    @Override
    public synchronized void get(int slot, MemorySegment target) {
        readers.add(Thread.currentThread().getName());
        Slot page = slots.get(slot);
        if (page == null || lost.contains(slot)) {
            throw new EngineException("PIN-KV-CHECKSUM", "slot " + slot + " is lost", "compute it again");
        }
        read.add(slot);
        reads++;
        target.copyFrom(page.bytes());
    }

    @Override
    public synchronized void free(int slot) {
        if (open && slots.remove(slot) == null) {
            throw new AssertionError("slot " + slot + " is freed twice");
        }
    }

    @Override
    public synchronized List<Stored> found() {
        return slots.entrySet().stream().filter(entry -> entry.getValue().label().hasRemaining())
                .map(entry -> new Stored(entry.getKey(), entry.getValue().bytes().byteSize(),
                        entry.getValue().label().duplicate()))
                .toList();
    }

    @Override
    public synchronized void close() {
        open = false;
    }

    /** Begins another life, with what the last one left. */
    public synchronized void reopen() {
        open = true;
        slots.values().removeIf(slot -> !slot.label().hasRemaining());
    }
}
