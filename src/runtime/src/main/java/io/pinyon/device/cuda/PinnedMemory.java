/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.MemoryException;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/**
 * Page-locked host memory with its books: pieces of large chunks, because the system takes long to lock each. Within
 * {@link Gpu#call}.
 */
final class PinnedMemory implements AutoCloseable {
    /**
     * A booked piece.
     *
     * @param segment its bytes
     * @param ownership gives it back
     */
    record Piece(MemorySegment segment, Ownership ownership) {
        long address() {
            return segment.address();
        }
    }

    private final Gpu gpu;
    private final MemoryAccount account;
    private final Runnable idle;
    private final NavigableMap<Long, MemorySegment> chunks = new TreeMap<>();
    private final DeviceHeap heap = new DeviceHeap(this::lock, this::unlock, DeviceHeap.Growth.PAGE_LOCKED);
    private final AtomicInteger live = new AtomicInteger();

    /**
     * @param idle waits until no copy uses any of this memory, called before a chunk goes back to the system
     */
    PinnedMemory(Gpu gpu, MemoryAccount account, Runnable idle) {
        this.gpu = gpu;
        this.account = account;
        this.idle = idle;
    }

    private long lock(long bytes) {
        MemorySegment chunk = gpu.driver().allocateHost(bytes, 0);
        chunks.put(chunk.address(), chunk);
        return chunk.address();
    }

    private void unlock(long address) {
        idle.run();
        gpu.driver().freeHost(chunks.remove(address));
    }

    /** A piece for somebody who closes it, of undefined contents. Copies from what lay there before may still run. */
    Piece allocate(Purpose purpose, long bytes) {
        Lease lease = account.reserve(Tier.HOST, purpose, bytes);
        try {
            long address = heap.allocate(bytes);
            live.incrementAndGet();
            return new Piece(segment(address, bytes), new Ownership(() -> free(lease, address, bytes)));
        } catch (CudaException e) {
            lease.close();
            if (!e.outOfMemory()) {
                throw e;
            }
            throw new MemoryException("PIN-MEMORY-HOST",
                    "%s of page-locked memory for %s are refused by the system: %s are locked, the device holds %s there"
                            .formatted(Bytes.format(bytes), purpose, Bytes.format(heap.reserved()),
                                    account.describe(Tier.HOST)),
                    "lower the host limit of the KV cache, shorten the context, or raise the limit of locked memory",
                    e);
        }
    }

    private void free(Lease lease, long address, long bytes) {
        lease.close();
        live.decrementAndGet();
        gpu.release(() -> heap.free(address, bytes));
    }

    /** The bytes of a range within one chunk. */
    MemorySegment segment(long address, long bytes) {
        long chunk = heap.chunkOf(address);
        return chunks.get(chunk).asSlice(address - chunk, bytes);
    }

    /** Start of the chunk that an address belongs to. */
    long chunkOf(long address) {
        return heap.chunkOf(address);
    }

    /** Pieces that are in use by others. */
    int live() {
        return live.get();
    }

    /** Bytes that are locked, with what is free between pieces. */
    long reserved() {
        return heap.reserved();
    }

    /** Gives everything back to the system. */
    @Override
    public void close() {
        gpu.release(heap::close);
    }
}
