/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;

/**
 * How cached keys and values are laid out in a page: one entry, the key or the value of one token and one head, after
 * the other.
 *
 * <p>An implementation is the specification in code, as with {@link WeightFormat}. Implementations keep no state, so all
 * methods are thread-safe.
 */
public interface KvFormat {
    /** Name as written in a KV specification, for example {@code f16}. */
    String name();

    /**
     * Bytes of one entry.
     *
     * @param dim elements of the entry
     */
    int entryBytes(int dim);

    /**
     * Encodes one entry.
     *
     * @param src {@code dim} float32 values from {@code srcOffset}
     * @param srcOffset first index read
     * @param page receives {@code entryBytes(dim)} bytes; any alignment
     * @param offset byte offset of the entry in the page
     * @param dim elements of the entry
     */
    void encode(float[] src, int srcOffset, MemorySegment page, long offset, int dim);

    /**
     * Decodes one entry.
     *
     * @param page {@code entryBytes(dim)} bytes from {@code offset}; any alignment
     * @param offset byte offset of the entry in the page
     * @param dst receives {@code dim} float32 values
     * @param dstOffset first index written
     * @param dim elements of the entry
     */
    void decode(MemorySegment page, long offset, float[] dst, int dstOffset, int dim);
}
