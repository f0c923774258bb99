/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import io.pinyon.memory.Tier;

/** One page of cached keys and values; its contents are laid out by a {@link KvLayout}. */
public interface KvPage extends AutoCloseable {
    /** Bytes of the page. */
    long bytes();

    /** Where they lie now; {@link Device#move} changes it, and nothing else about the page. */
    Tier tier();

    /**
     * Says what the page holds, for those who find it in a {@link PageStore} later. It counts when the page is next moved
     * to {@link Tier#DISK}.
     *
     * @param label at most {@link PageStore#LABEL_BYTES}; empty if nobody may find it
     */
    void label(byte[] label);

    /** Gives the memory, or the place in a {@link PageStore}, back; harmless when repeated. */
    @Override
    void close();
}
