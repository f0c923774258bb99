/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.OptionalInt;

import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;

/**
 * The cached keys and values of one sequence, in all layers.
 *
 * <p>A step goes {@link #reserve}, then the layers store and read through {@link #view}, then {@link #commit}. What was
 * stored but not committed does not exist: a step that fails leaves the cache as it was.
 *
 * <p>A {@link #fork} shares pages with the cache that it comes from, and caches that {@link #adopt} and {@link #publish} with
 * others of equal beginnings; none sees what another does. One thread at a time uses the caches of a pool.
 */
public interface KvCache extends AutoCloseable {
    /** Position of the next token: committed tokens, those that were taken out of the middle included. */
    int length();

    /** Entries that are stored for committed tokens: {@link #length} less what {@link #excise} took out. */
    int entries();

    /** Most positions that this cache may ever have. */
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
     * @throws io.pinyon.device.KvPageException if a page is lost that has to come nearer; the cache is unchanged
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
     * Forgets the entries from one on and gives back pages that are no longer needed. Positions that were taken out directly
     * before the first forgotten entry are forgotten with it.
     *
     * @param entries entries that stay, at most {@link #entries()}; without {@link #excise} this is the new length
     * @throws io.pinyon.error.UsageException {@code PIN-KV-TRUNCATE} for any other number, {@code PIN-KV-EXCISE} if an
     *     excision needs the entries because of a sliding window
     */
    void truncate(int entries);

    /**
     * Takes entries out of the middle and gives their pages back. What lies behind keeps its positions; {@link #length}
     * stays what it is. A reservation is forgotten.
     *
     * <p>Layers with a sliding window count entries, so that as many have to stay behind the range as the largest window
     * has.
     *
     * @param from index of the first entry, a multiple of the tokens of every page
     * @param to index behind the last entry, likewise; not all entries
     * @throws io.pinyon.error.UsageException {@code PIN-KV-EXCISE} for a range that cannot be taken out
     */
    void excise(int from, int to);

    /**
     * Fills an empty cache with pages of other caches, or pages kept for reuse, that hold the beginning of these tokens.
     * Only whole pages of all layers are taken, and never the last token.
     *
     * @param tokens token ids
     * @return how many tokens are committed now
     */
    int adopt(int[] tokens);

    /** Whether {@link #adopt} and {@link #publish} do anything at all. */
    boolean shares();

    /** Whether {@link #publish} would find anything to do. */
    boolean publishable();

    /**
     * Lets other caches find full pages of committed tokens. Where there are pages of the same tokens already, this cache
     * may hold those instead of its own; views have to be taken anew.
     *
     * @param tokens ids of the tokens of all entries
     */
    void publish(int[] tokens);

    /**
     * Frees some of the device's memory for something other than pages: what is kept for reuse first, then pages of movable
     * caches, as when a page is refused.
     *
     * @return false if nothing can give way
     */
    boolean makeRoom();

    /**
     * Tells that a page is lost, so that nobody adopts it.
     *
     * @return the first of the entries that have to be computed again; empty if this cache does not hold the page
     */
    OptionalInt lost(KvPage page);

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
     * Bytes of the pages that other caches hold too, at most {@link #bytes()}; the rest is what closing this cache gives
     * back or leaves for reuse.
     */
    long sharedBytes();

    /**
     * Compares counted with owned pages, and the references to them with those of all caches of the pool.
     *
     * @throws io.pinyon.error.EngineException {@code PIN-KV-INTEGRITY} naming the first difference
     */
    void checkIntegrity();

    /** Gives all pages back that no other cache holds; harmless when repeated. */
    @Override
    void close();
}
