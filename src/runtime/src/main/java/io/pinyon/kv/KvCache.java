/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import io.pinyon.device.KvView;

/**
 * The cached keys and values of one sequence, in all layers.
 *
 * <p>A step goes {@link #reserve}, then the layers store and read through {@link #view}, then {@link #commit}. What was
 * stored but not committed does not exist: a step that fails leaves the cache as it was.
 *
 * <p>A {@link #fork} shares pages with the cache that it comes from; neither sees what the other does. One thread at a time
 * uses a cache and all that are related to it by forks.
 */
public interface KvCache extends AutoCloseable {
    /** Committed tokens. */
    int length();

    /** Most tokens that this cache may ever hold. */
    int capacity();

    /** Number of layers. */
    int layers();

    /**
     * Makes room for tokens behind the committed ones, in pages that this cache owns alone: a shared page that the next
     * token goes to is copied.
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

    /**
     * A cache of the same committed tokens that shares their pages with this one and takes no memory until it grows. What
     * is reserved and not committed is forgotten in this cache, and views of it have to be taken anew.
     *
     * @return the new cache, of the same capacity and layouts, closed independently of this one
     * @throws io.pinyon.error.UsageException {@code PIN-KV-CLOSED} if this cache is closed
     */
    KvCache fork();

    /**
     * Bytes of all pages held. A page that is shared counts in full in each cache that holds it; the device's memory
     * account has it once.
     */
    long bytes();

    /**
     * Bytes of the pages that related caches hold too, at most {@link #bytes()}; the rest is what closing this cache gives
     * back.
     */
    long sharedBytes();

    /**
     * Compares counted with owned pages, and the references to them with those of all related caches.
     *
     * @throws io.pinyon.error.EngineException {@code PIN-KV-INTEGRITY} naming the first difference
     */
    void checkIntegrity();

    /** Gives all pages back that no other cache holds; harmless when repeated. */
    @Override
    void close();
}
