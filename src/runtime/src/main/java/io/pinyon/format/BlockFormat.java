/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;

import io.pinyon.error.ModelFileException;
import org.jspecify.annotations.Nullable;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

/** A block-quantised {@link WeightFormat}: a name, a geometry, and what to do with one block. */
final class BlockFormat implements WeightFormat {
    /** Blocks copied to the heap at a time: one bounds check for many elements, and a buffer that stays in cache. */
    private static final int CHUNK = 64;

    private final String name;
    private final int ggmlType;
    private final int elements;
    private final int bytes;
    private final Decoder decoder;
    private final @Nullable Encoder encoder;

    /** Reads one block: {@code b[at ...]} to {@code y[to ...]}. */
    interface Decoder {
        void decode(byte[] b, int at, float[] y, int to);
    }

    /** Writes one block: {@code x[from ...]}, all finite, to {@code b[at ...]}. */
    interface Encoder {
        void encode(float[] x, int from, byte[] b, int at);
    }

    private BlockFormat(String name, int ggmlType, int elements, int bytes, Decoder decoder,
            @Nullable Encoder encoder) {
        this.name = name;
        this.ggmlType = ggmlType;
        this.elements = elements;
        this.bytes = bytes;
        this.decoder = decoder;
        this.encoder = encoder;
    }

    static WeightFormat readable(String name, int ggmlType, int elements, int bytes, Decoder decoder) {
        return new BlockFormat(name, ggmlType, elements, bytes, decoder, null);
    }

    static WeightFormat writable(String name, int ggmlType, int elements, int bytes, Decoder decoder,
            Encoder encoder) {
        return new BlockFormat(name, ggmlType, elements, bytes, decoder, encoder);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int ggmlType() {
        return ggmlType;
    }

    @Override
    public int blockElements() {
        return elements;
    }

    @Override
    public int blockBytes() {
        return bytes;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
        byte[] chunk = new byte[Math.min(blocks, CHUNK) * bytes];
        for (int done = 0; done < blocks; done += CHUNK) {
            int n = Math.min(blocks - done, CHUNK);
            MemorySegment.copy(src, JAVA_BYTE, srcOffset + (long) done * bytes, chunk, 0, n * bytes);
            for (int i = 0; i < n; i++) {
                decoder.decode(chunk, i * bytes, dst, dstOffset + (done + i) * elements);
            }
        }
    }

    @Override
    public boolean encodes() {
        return encoder != null;
    }

    @Override
    public void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
        if (encoder == null) {
            WeightFormat.super.encode(src, srcOffset, dst, dstOffset, blocks);
            return;
        }
        requireFinite(src, srcOffset, blocks * elements);
        byte[] chunk = new byte[Math.min(blocks, CHUNK) * bytes];
        for (int done = 0; done < blocks; done += CHUNK) {
            int n = Math.min(blocks - done, CHUNK);
            for (int i = 0; i < n; i++) {
                encoder.encode(src, srcOffset + (done + i) * elements, chunk, i * bytes);
            }
            MemorySegment.copy(chunk, 0, dst, JAVA_BYTE, dstOffset + (long) done * bytes, n * bytes);
        }
    }

    @Override
    public String toString() {
        return name;
    }

    private void requireFinite(float[] x, int from, int count) {
        for (int i = from; i < from + count; i++) {
            if (!Float.isFinite(x[i])) {
                throw new ModelFileException("PIN-FORMAT-NONFINITE", "a weight of value " + x[i]
                        + " cannot be written as " + name, "keep the tensor in F32, F16 or BF16, or repair the model");
            }
        }
    }
}
