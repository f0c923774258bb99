/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

import io.pinyon.memory.Purpose;

/**
 * The two buffers in device memory that groups of pages are brought to in turn, with page-locked ones of the same size on
 * their way from disk. Within {@link Gpu#call}.
 */
final class GroupBuffers implements AutoCloseable {
    /** Number of buffers. */
    static final int COUNT = 2;

    private final long bytes;
    private final List<CudaMemory.Piece> device = new ArrayList<>();
    private final List<PinnedMemory.Piece> host = new ArrayList<>();
    private final List<Long> ready = new ArrayList<>();
    private final List<Long> read = new ArrayList<>();

    /**
     * @param bytes of each
     * @param staged whether there are page-locked ones
     */
    GroupBuffers(CudaMemory memory, PinnedMemory pinned, CopyStreams streams, long bytes, boolean staged) {
        this.bytes = bytes;
        try {
            for (int i = 0; i < COUNT; i++) {
                device.add(memory.allocate(Purpose.STAGING, bytes));
                if (staged) {
                    host.add(pinned.allocate(Purpose.STAGING, bytes));
                }
                ready.add(streams.event());
                read.add(streams.event());
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What a page takes in a buffer. */
    static long stride(long pageBytes) {
        return DeviceHeap.rounded(pageBytes);
    }

    /** Bytes of each. */
    long bytes() {
        return bytes;
    }

    /** Pages of so many bytes that fit into each. */
    int pages(long pageBytes) {
        return Math.toIntExact(Math.min(Integer.MAX_VALUE, bytes / stride(pageBytes)));
    }

    /** Device address of a place in a buffer. */
    long address(int buffer, int place, long pageBytes) {
        return device.get(buffer).address() + place * stride(pageBytes);
    }

    /** A place in a page-locked buffer. */
    MemorySegment staged(int buffer, int place, long pageBytes) {
        return host.get(buffer).segment().asSlice(place * stride(pageBytes), pageBytes);
    }

    /** Event that the pages of the last group are in a buffer. */
    long ready(int buffer) {
        return ready.get(buffer);
    }

    /** Event that attention has read them. */
    long read(int buffer) {
        return read.get(buffer);
    }

    /** Pieces of device memory. */
    int devicePieces() {
        return device.size();
    }

    /** Pieces of page-locked memory. */
    int hostPieces() {
        return host.size();
    }

    @Override
    public void close() {
        device.forEach(piece -> piece.ownership().close());
        host.forEach(piece -> piece.ownership().close());
        device.clear();
        host.clear();
    }
}
