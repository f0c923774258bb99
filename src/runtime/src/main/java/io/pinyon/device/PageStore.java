/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Pages outside of memory, in numbered slots. Several threads may read, write and free different slots at the same time.
 *
 * <p>What went wrong with a single page is told as {@link KvPageException} by whoever knows the page; a store itself throws
 * {@link io.pinyon.error.EngineException} {@code PIN-KV-CHECKSUM} for contents that are not what was written and
 * {@code PIN-KV-READ} where they cannot be read, and {@link io.pinyon.error.MemoryException} {@code PIN-KV-DISKFULL} or
 * {@code PIN-KV-WRITE} where a page cannot be written; the slots of other pages are as before.
 */
public interface PageStore extends AutoCloseable {
    /** Most bytes of a label. */
    int LABEL_BYTES = 3072;

    /**
     * A page that an earlier process left here.
     *
     * @param slot where
     * @param bytes of the page
     * @param label what was said about it
     */
    record Stored(int slot, long bytes, ByteBuffer label) {
        /** Keeps the label from being written. */
        public Stored {
            label = label.asReadOnlyBuffer();
        }
    }

    /** Most bytes of a page. */
    long slotBytes();

    /**
     * Writes a page to a free slot.
     *
     * @param page all of its bytes, outside the Java heap
     * @param label for {@link #found}; empty if the page means nothing to another process
     * @return the slot
     */
    int put(MemorySegment page, byte[] label);

    /**
     * Reads a page and checks that it is what was written.
     *
     * @param target as many bytes as the page has
     */
    void get(int slot, MemorySegment target);

    /** Makes a slot free; what it held is no longer found. */
    void free(int slot);

    /** Labelled pages that were here when the store was opened and have not been freed. */
    List<Stored> found();

    /** Closes the store; labelled pages stay for the next process. */
    @Override
    void close();
}
