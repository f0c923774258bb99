/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;

import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/**
 * Page-locked host memory through which small values go to the device while the host goes on. A place is used again after
 * a whole round, before which the ring waits for the stream. Within {@link Gpu#call}.
 */
final class PinnedRing implements AutoCloseable {
    private static final long ALIGNMENT = 64;

    private final Gpu gpu;
    private final MemorySegment memory;
    private final Lease lease;
    private long next;

    PinnedRing(Gpu gpu, MemoryAccount account, long bytes) {
        this.gpu = gpu;
        lease = account.reserve(Tier.HOST, Purpose.STAGING, bytes);
        try {
            memory = gpu.driver().allocateHost(bytes, 0);
        } catch (RuntimeException e) {
            lease.close();
            throw e;
        }
    }

    /** Most bytes that {@link #place} gives. */
    long capacity() {
        return memory.byteSize();
    }

    /** A place to write values to that the next copies on the stream read. */
    MemorySegment place(long bytes) {
        if (next + bytes > memory.byteSize()) {
            gpu.await();
            next = 0;
        }
        MemorySegment place = memory.asSlice(next, bytes);
        next = Math.ceilDiv(next + bytes, ALIGNMENT) * ALIGNMENT;
        return place;
    }

    @Override
    public void close() {
        lease.close();
        gpu.release(() -> gpu.driver().freeHost(memory));
    }
}
