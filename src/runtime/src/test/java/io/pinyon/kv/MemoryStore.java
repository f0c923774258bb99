/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.pinyon.device.PageStore;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;

/** A store of pages that outlives its device, as a file does. */
public final class MemoryStore implements PageStore {
    private record Slot(ByteBuffer page, ByteBuffer label) {}

    private final Map<Integer, Slot> slots = new TreeMap<>();
    private final int most;
    private boolean open = true;

    /** A store with room for so many pages. */
    public MemoryStore(int most) {
        this.most = most;
    }

    /** What another process would find after this one was killed, or closed this: labelled pages only. */
    public MemoryStore afterCrash() {
        MemoryStore next = new MemoryStore(most);
        slots.forEach((slot, contents) -> {
            if (contents.label().hasRemaining()) {
                next.slots.put(slot, contents);
            }
        });
        return next;
    }

    /** Pages that are here. */
    public int size() {
        return slots.size();
    }

    @Override
    public long slotBytes() {
        return 1 << 20;
    }

    @Override
    public int put(MemorySegment page, byte[] label) {
        if (slots.size() == most) {
            throw new MemoryException("PIN-KV-DISKFULL", "the store has room for " + most + " pages", "none");
        }
        int slot = 0;
        while (slots.containsKey(slot)) {
            slot++;
        }
        slots.put(slot, new Slot(ByteBuffer.wrap(page.toArray(ValueLayout.JAVA_BYTE)), ByteBuffer.wrap(label.clone())));
        return slot;
    }

    @Override
    public void get(int slot, MemorySegment target) {
        Slot contents = slots.get(slot);
        if (contents == null) {
            throw new EngineException("PIN-KV-READ", "nothing in slot " + slot, "none");
        }
        target.copyFrom(MemorySegment.ofBuffer(contents.page()));
    }

    @Override
    public void free(int slot) {
        if (open) {
            slots.remove(slot);
        }
    }

    @Override
    public List<Stored> found() {
        List<Stored> found = new ArrayList<>();
        slots.forEach((slot, contents) -> {
            if (contents.label().hasRemaining()) {
                found.add(new Stored(slot, contents.page().remaining(), contents.label()));
            }
        });
        return found;
    }

    @Override
    public void close() {
        open = false;
    }
}
