/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import io.pinyon.device.KvView;

/**
 * The cached keys and values of one sequence, in all layers.
 *
 * <p>A step goes {@link #reserve}, then the layers store and read through {@link #view}, then {@link #commit}. What was
 * stored but not committed does not exist: a step that fails leaves the cache as it was. One thread at a time.
 */
public interface KvCache extends AutoCloseable {
    /** Committed tokens. */
    int length();

    /** Most tokens that this cache may ever hold. */
    int capacity();

    /** Number of layers. */
    int layers();

    /**
     * Makes room for tokens behind the committed ones.
     *
     * @param tokens how many, at least 0; 0 does nothing
     * @throws io.pinyon.error.UsageException {@code PIN-KV-CONTEXT} if they would exceed {@link #capacity()}
     * @throws io.pinyon.error.MemoryException if there is no memory for them; the cache is unchanged
     */
    void reserve(int tokens);

    /** The pages of one layer, as far as they are reserved. */
    KvView view(int layer);

    /**
     * Makes stored tokens part of the sequence.
     *
     * @param tokens how many, at most what is reserved
     */
    void commit(int tokens);

    /**
     * Forgets the tokens from a position on and gives back pages that are no longer needed.
     *
     * @param length new length, at most {@link #length()}
     */
    void truncate(int length);

    /** Bytes of all pages held. */
    long bytes();

    /**
     * Compares counted with owned pages.
     *
     * @throws io.pinyon.error.EngineException {@code PIN-KV-INTEGRITY} naming the first difference
     */
    void checkIntegrity();

    /** Gives all pages back; harmless when repeated. */
    @Override
    void close();
}
