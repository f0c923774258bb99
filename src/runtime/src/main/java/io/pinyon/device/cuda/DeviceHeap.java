/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.LongUnaryOperator;

/**
 * Hands out pieces of large driver allocations, because the driver takes long for each and rounds it up to megabytes:
 * best fit, neighbours that are free are joined, an allocation of the driver that is free as a whole goes back.
 *
 * <p>Everything runs in the order of one stream, so a piece may be handed out again while kernels that were launched
 * before still use it. One thread at a time.
 */
final class DeviceHeap implements AutoCloseable {
    /** Start and size of every piece are multiples of this. */
    static final long ALIGNMENT = 256;

    private static final long DRIVER_GRANULE = 2L << 20;

    /**
     * What is asked of the driver at a time.
     *
     * @param leastChunk bytes of an allocation of a small heap
     * @param mostChunk bytes of an allocation of a large heap, unless a piece needs more
     * @param spare whether one allocation that is free as a whole is kept, because the driver takes very long for each
     */
    record Growth(long leastChunk, long mostChunk, boolean spare) {
        /** Of device memory. */
        static final Growth DEVICE = new Growth(32L << 20, 64L << 20, false);
        /** Of page-locked memory: the system takes a quarter of a second for each gibibyte. */
        static final Growth PAGE_LOCKED = new Growth(64L << 20, 256L << 20, true);
    }

    private final LongUnaryOperator allocate;
    private final LongConsumer free;
    private final NavigableMap<Long, Long> chunks = new TreeMap<>();
    private final NavigableMap<Long, Long> gaps = new TreeMap<>();
    private final NavigableMap<Long, List<Long>> gapsBySize = new TreeMap<>();
    private final Growth growth;
    private long reserved;
    private int spares;

    /** Of device memory. */
    DeviceHeap(LongUnaryOperator allocate, LongConsumer free) {
        this(allocate, free, Growth.DEVICE);
    }

    /**
     * @param allocate the driver's allocation of a number of bytes; throws if there is not enough
     * @param free the driver's release of an address
     * @param growth what is asked for at a time
     */
    DeviceHeap(LongUnaryOperator allocate, LongConsumer free, Growth growth) {
        this.allocate = allocate;
        this.free = free;
        this.growth = growth;
    }

    /** What a request really takes. */
    static long rounded(long bytes) {
        return Math.ceilDiv(Math.max(1, bytes), ALIGNMENT) * ALIGNMENT;
    }

    /** Bytes that the driver has allocated for this heap. */
    long reserved() {
        return reserved;
    }

    /** Whether the next piece of this size takes nothing new from the driver. */
    boolean hasRoom(long bytes) {
        return gapsBySize.ceilingKey(rounded(bytes)) != null;
    }

    /** Start of the driver's allocation that an address belongs to; pieces of different ones are never neighbours. */
    long chunkOf(long address) {
        Map.Entry<Long, Long> chunk = chunks.floorEntry(address);
        if (chunk == null || address >= chunk.getKey() + chunk.getValue()) {
            throw new IllegalArgumentException("not of this heap: " + address);
        }
        return chunk.getKey();
    }

    /**
     * Hands out a piece; what the driver throws leaves everything as it was.
     *
     * @param bytes at least 0
     */
    long allocate(long bytes) {
        long size = rounded(bytes);
        Map.Entry<Long, List<Long>> fit = gapsBySize.ceilingEntry(size);
        long start = fit == null ? newChunk(size) : fit.getValue().getFirst();
        long gap = gaps.get(start);
        if (fit != null && gap == chunks.getOrDefault(start, 0L)) {
            spares--;
        }
        removeGap(start, gap);
        if (gap > size) {
            addGap(start + size, gap - size);
        }
        return start;
    }

    /**
     * Takes a piece back.
     *
     * @param address from {@link #allocate}
     * @param bytes as they were asked for
     */
    void free(long address, long bytes) {
        long start = address;
        long size = rounded(bytes);
        Map.Entry<Long, Long> chunk = chunks.floorEntry(address);
        if (chunk == null || address + size > chunk.getKey() + chunk.getValue()) {
            throw new IllegalArgumentException("not of this heap: " + address);
        }
        Map.Entry<Long, Long> before = gaps.lowerEntry(start);
        if (before != null && before.getKey() >= chunk.getKey() && before.getKey() + before.getValue() == start) {
            removeGap(before.getKey(), before.getValue());
            start = before.getKey();
            size += before.getValue();
        }
        Long after = gaps.get(start + size);
        if (after != null && start + size < chunk.getKey() + chunk.getValue()) {
            removeGap(start + size, after);
            size += after;
        }
        boolean whole = size == chunk.getValue();
        if (whole && !(growth.spare() && spares == 0)) {
            chunks.remove(start);
            reserved -= size;
            free.accept(start);
        } else {
            spares += whole ? 1 : 0;
            addGap(start, size);
        }
    }

    /** Grows with what is there already: a small model does not take much, a large one does not take many. */
    private long newChunk(long size) {
        long wish = Math.max(growth.leastChunk(), Math.min(growth.mostChunk(), reserved / 8));
        long bytes = Math.ceilDiv(Math.max(size, wish), DRIVER_GRANULE) * DRIVER_GRANULE;
        long start = allocate.applyAsLong(bytes);
        chunks.put(start, bytes);
        reserved += bytes;
        addGap(start, bytes);
        return start;
    }

    private void addGap(long start, long size) {
        gaps.put(start, size);
        gapsBySize.computeIfAbsent(size, _ -> new ArrayList<>()).add(start);
    }

    private void removeGap(long start, long size) {
        gaps.remove(start);
        List<Long> same = gapsBySize.get(size);
        same.remove(Long.valueOf(start));
        if (same.isEmpty()) {
            gapsBySize.remove(size);
        }
    }

    /** Gives everything back to the driver, whoever still uses it. */
    @Override
    public void close() {
        chunks.keySet().forEach(free::accept);
        chunks.clear();
        gaps.clear();
        gapsBySize.clear();
        reserved = 0;
        spares = 0;
    }
}
