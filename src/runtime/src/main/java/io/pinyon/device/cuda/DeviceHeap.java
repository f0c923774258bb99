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

    private static final long LEAST_CHUNK = 32L << 20;
    private static final long MOST_CHUNK = 64L << 20;
    private static final long DRIVER_GRANULE = 2L << 20;

    private final LongUnaryOperator allocate;
    private final LongConsumer free;
    private final NavigableMap<Long, Long> chunks = new TreeMap<>();
    private final NavigableMap<Long, Long> gaps = new TreeMap<>();
    private final NavigableMap<Long, List<Long>> gapsBySize = new TreeMap<>();
    private long reserved;

    /**
     * @param allocate the driver's allocation of a number of bytes; throws if there is not enough
     * @param free the driver's release of an address
     */
    DeviceHeap(LongUnaryOperator allocate, LongConsumer free) {
        this.allocate = allocate;
        this.free = free;
    }

    /** What a request really takes. */
    static long rounded(long bytes) {
        return Math.ceilDiv(Math.max(1, bytes), ALIGNMENT) * ALIGNMENT;
    }

    /** Bytes that the driver has allocated for this heap. */
    long reserved() {
        return reserved;
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
        if (size == chunk.getValue()) {
            chunks.remove(start);
            reserved -= size;
            free.accept(start);
        } else {
            addGap(start, size);
        }
    }

    /** Grows with what is there already: a small model does not take much, a large one does not take many. */
    private long newChunk(long size) {
        long wish = Math.max(LEAST_CHUNK, Math.min(MOST_CHUNK, reserved / 8));
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
    }
}
