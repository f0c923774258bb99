/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

import io.pinyon.device.KvPage;
import io.pinyon.error.MemoryException;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** Memory for copies of pages that are elsewhere; used by one thread at a time. */
final class StagingArea {
    static final int ALIGNMENT = 64;

    /** Part of what is needed that is allocated besides, so that a context that grows does not need another area soon. */
    private static final int SPARE = 8;

    private final MemoryAccount account;
    private final Map<KvPage, HostPage> copies = new HashMap<>();
    private MemorySegment memory = MemorySegment.NULL;
    private Runnable free = () -> {};

    StagingArea(MemoryAccount account) {
        this.account = account;
    }

    /** Whether it has copies of all these pages. */
    boolean holds(Collection<HostPage> pages) {
        return copies.keySet().containsAll(pages);
    }

    /** The copy of a page that it holds, or the page itself. */
    KvPage copyOf(KvPage page) {
        HostPage copy = copies.get(page);
        return copy == null ? page : copy;
    }

    boolean isEmpty() {
        return memory.byteSize() == 0;
    }

    /** Drops the copies. */
    void forget() {
        copies.clear();
    }

    /**
     * Drops the copies and makes room for others.
     *
     * @throws MemoryException if there is none; the area is empty then
     */
    void reserve(Collection<HostPage> pages) {
        forget();
        long bytes = pages.stream().mapToLong(StagingArea::aligned).sum();
        if (memory.byteSize() < bytes) {
            release();
            try {
                allocate(bytes + bytes / SPARE);
            } catch (MemoryException e) {
                allocate(bytes);
            }
        }
    }

    private static long aligned(HostPage page) {
        return Math.ceilDiv(page.bytes(), ALIGNMENT) * ALIGNMENT;
    }

    @SuppressWarnings("MustBeClosedChecker") // closed by release
    private void allocate(long bytes) {
        Lease lease = account.reserve(Tier.HOST, Purpose.STAGING, bytes);
        Arena arena = Arena.ofShared();
        try {
            memory = arena.allocate(bytes, ALIGNMENT);
            free = () -> {
                arena.close();
                lease.close();
            };
        } catch (OutOfMemoryError e) {
            arena.close();
            lease.close();
            throw new MemoryException("PIN-MEMORY-HOST",
                    Bytes.format(bytes) + " to read KV pages into could not be allocated",
                    "keep fewer pages on disk or free memory", e);
        }
    }

    /**
     * Copies pages for which room was made.
     *
     * @throws io.pinyon.device.KvPageException if one is lost; the copies before it are there
     */
    void read(Collection<HostPage> pages) {
        long at = 0;
        for (HostPage page : pages) {
            MemorySegment target = memory.asSlice(at, page.bytes());
            page.read(target);
            copies.put(page, HostPage.over(target));
            at += aligned(page);
        }
    }

    /** Gives the memory back. */
    void release() {
        forget();
        free.run();
        free = () -> {};
        memory = MemorySegment.NULL;
    }
}
