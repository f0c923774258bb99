/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;

import io.pinyon.error.UsageException;

/**
 * How weights are laid out in bytes: blocks of a fixed number of elements, each block a fixed number of bytes.
 *
 * <p>An implementation is the specification in code: plain, scalar and exact in float32. Devices look up their fast
 * kernels by format. Little endian throughout. A new format is one file and one line in {@link WeightFormats}.
 */
public interface WeightFormat {
    /** The field's name, for example {@code Q8_0}. */
    String name();

    /** The tensor type number in GGUF files. */
    int ggmlType();

    /** Elements in a block; 1 for plain element types. */
    int blockElements();

    /** Bytes of a block. */
    int blockBytes();

    /**
     * Decodes whole blocks to float32.
     *
     * @param src bytes of the blocks; any alignment
     * @param srcOffset byte offset of the first block
     * @param dst receives {@code blocks * blockElements()} values
     * @param dstOffset first index written
     * @param blocks how many blocks
     */
    void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks);

    /** Whether {@link #encode} is available. */
    default boolean encodes() {
        return false;
    }

    /**
     * Encodes float32 values into whole blocks.
     *
     * @param src {@code blocks * blockElements()} values from {@code srcOffset}
     * @param srcOffset first index read
     * @param dst receives {@code blocks * blockBytes()} bytes
     * @param dstOffset byte offset of the first block
     * @param blocks how many blocks
     * @throws UsageException {@code PIN-FORMAT-NOENCODER} if this format can only be read
     */
    default void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
        throw new UsageException("PIN-FORMAT-NOENCODER", "weights cannot be written as " + name(),
                "choose one of " + WeightFormats.encodable());
    }

    /**
     * Bytes of a row of elements.
     *
     * @param elements a multiple of {@link #blockElements()}
     */
    default long bytes(long elements) {
        return elements / blockElements() * blockBytes();
    }
}
