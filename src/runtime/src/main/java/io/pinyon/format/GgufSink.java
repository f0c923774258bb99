/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;

/** Little-endian output with a position, gathered into large writes. */
final class GgufSink {
    private static final int BUFFER_BYTES = 1 << 20;

    private final WritableByteChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position;

    GgufSink(WritableByteChannel channel) {
        this.channel = channel;
    }

    void u32(int value) throws IOException {
        reserve(4).putInt(value);
    }

    void u64(long value) throws IOException {
        reserve(8).putLong(value);
    }

    void text(String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        u64(utf8.length);
        bytes(MemorySegment.ofArray(utf8));
    }

    void bytes(MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize();) {
            long n = Math.min(bytes.byteSize() - done, BUFFER_BYTES);
            reserve((int) n).put(bytes.asSlice(done, n).asByteBuffer());
            done += n;
        }
    }

    /** Writes a value without its type. */
    void value(MetadataValue value) throws IOException {
        switch (value) {
            case MetadataValue.Whole whole -> whole(whole);
            case MetadataValue.Real real when real.type() == MetadataType.FLOAT32 -> u32(
                    Float.floatToRawIntBits((float) real.value()));
            case MetadataValue.Real real -> u64(Double.doubleToRawLongBits(real.value()));
            case MetadataValue.Flag flag -> reserve(1).put((byte) (flag.value() ? 1 : 0));
            case MetadataValue.Text text -> text(text.value());
            case MetadataValue.Sequence sequence -> {
                u32(sequence.elementType().number());
                u64(sequence.values().size());
                for (MetadataValue element : sequence.values()) {
                    value(element);
                }
            }
        }
    }

    private void whole(MetadataValue.Whole whole) throws IOException {
        switch (whole.type().bytes()) {
            case 1 -> reserve(1).put((byte) whole.value());
            case 2 -> reserve(2).putShort((short) whole.value());
            case 4 -> u32((int) whole.value());
            default -> u64(whole.value());
        }
    }

    void align(int alignment) throws IOException {
        int padding = Math.floorMod(-position, alignment);
        bytes(MemorySegment.ofArray(new byte[padding]));
    }

    void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    private ByteBuffer reserve(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
        position += bytes;
        return buffer;
    }
}
