/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;

/** How cached keys and values are laid out in a page. */
public interface KvFormat {
    /** Name as written in a KV specification, for example {@code f16}. */
    String name();

    /** Bytes of one entry of {@code dim} elements. */
    int entryBytes(int dim);

    /** Encodes one entry of {@code dim} float32 values. */
    void encode(float[] src, int srcOffset, MemorySegment page, long offset, int dim);

    /** Decodes one entry of {@code dim} float32 values. */
    void decode(MemorySegment page, long offset, float[] dst, int dstOffset, int dim);
}
