/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

import io.pinyon.error.MemoryException;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** Memory for one page on its way between a device and a file, booked on the device's account. One thread at a time. */
final class Staging implements AutoCloseable {
    /** Most bytes that a channel is given at once. */
    private static final long PIECE_BYTES = 16L << 20;

    private final Lease lease;
    private final Arena arena;
    private final MemorySegment memory;

    /**
     * @param bytes of the largest page
     * @throws MemoryException if they do not fit
     */
    @SuppressWarnings("MustBeClosedChecker") // this owns the arena
    Staging(MemoryAccount account, long bytes) {
        lease = account.reserve(Tier.HOST, Purpose.STAGING, bytes);
        arena = Arena.ofShared();
        try {
            memory = arena.allocate(bytes, SnapshotFormat.ALIGNMENT);
        } catch (OutOfMemoryError e) {
            close();
            throw new MemoryException("PIN-MEMORY-HOST",
                    Bytes.format(bytes) + " for a KV page on its way could not be allocated",
                    "use fewer tokens per page or free memory", e);
        }
    }

    /** The memory of a page. */
    MemorySegment page(long bytes) {
        return memory.asSlice(0, bytes);
    }

    static int checksum(MemorySegment page) {
        var crc = new CRC32C();
        for (long at = 0; at < page.byteSize(); at += PIECE_BYTES) {
            crc.update(piece(page, at));
        }
        return (int) crc.getValue();
    }

    static void write(WritableByteChannel channel, MemorySegment page) throws IOException {
        for (long at = 0; at < page.byteSize(); at += PIECE_BYTES) {
            ByteBuffer piece = piece(page, at);
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        }
    }

    static void read(FileChannel channel, MemorySegment page, long position) throws IOException {
        for (long at = 0; at < page.byteSize(); at += PIECE_BYTES) {
            read(channel, piece(page, at), position + at);
        }
    }

    static void read(FileChannel channel, ByteBuffer target, long position) throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int count = channel.read(target, at);
            if (count < 0) {
                throw new EOFException("it ends at byte " + at);
            }
            at += count;
        }
    }

    private static ByteBuffer piece(MemorySegment page, long from) {
        return page.asSlice(from, Math.min(PIECE_BYTES, page.byteSize() - from)).asByteBuffer();
    }

    @Override
    public void close() {
        arena.close();
        lease.close();
    }
}
