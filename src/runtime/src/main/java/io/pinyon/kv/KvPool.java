/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.PageStore;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.kv.PagePool.Handle;
import io.pinyon.kv.place.Placement;
import io.pinyon.memory.Tier;

/**
 * The pages of all caches of a model: who holds them, which of them are kept for reuse, and what gives way when memory is
 * short.
 *
 * <p>When the device refuses a page, columns that are only kept for reuse go first, the least recently used first; then
 * pages of movable caches leave the device's own memory, those of the least recently used cache and of the lowest
 * positions first. If that frees nothing, the refusal stands.
 *
 * <p>One thread at a time uses a pool and all of its caches.
 */
public final class KvPool implements AutoCloseable {
    /**
     * What a pool may do.
     *
     * @param farthest the farthest tier that is open on the device; the device's own if pages cannot move
     * @param sharing whether caches share pages of equal tokens
     * @param reuseBytes most bytes of pages that stay in memory when no cache uses them any more
     * @param storedBytes most bytes of such pages on disk, for this process and the next
     * @param fingerprint names the model for the next process; empty if nothing is to be found again
     */
    public record Options(Tier farthest, boolean sharing, long reuseBytes, long storedBytes, String fingerprint) {
        /** Checks the limits. */
        public Options {
            if (reuseBytes < 0 || storedBytes < 0) {
                throw new UsageException("PIN-KV-COUNT", "pages for reuse of " + Math.min(reuseBytes, storedBytes)
                        + " bytes", "give a number from 0");
            }
        }

        /** Nothing moves, nothing is shared but by forks. */
        public static Options defaults(Device device) {
            return new Options(device.tier(), false, 0, 0, "");
        }

        Options withFarthest(Tier tier) {
            return new Options(tier, sharing, reuseBytes, storedBytes, fingerprint);
        }

        boolean stores() {
            return sharing && storedBytes > 0 && farthest == Tier.DISK && !fingerprint.isEmpty();
        }
    }

    private final Device device;
    private Options options;
    private final PagePool<KvPage> pages = new PagePool<>(this::giveBack);
    private final PrefixIndex<KvPage> index;
    private final Reuse reuse;
    private final Residency residency;
    /** The least recently used first. */
    private final LinkedHashSet<PagedKvCache> caches = new LinkedHashSet<>();
    private long givenBack;
    private boolean open = true;

    /** A pool in which nothing moves and nothing is shared but by forks. */
    public KvPool(Device device) {
        this(device, Options.defaults(device));
    }

    /**
     * @param device where pages are allocated; closed after this
     * @param options what the device's tiers allow
     */
    public KvPool(Device device, Options options) {
        this(device, options, PrefixIndex::mix);
    }

    KvPool(Device device, Options options, PrefixIndex.ChainHash hash) {
        this.device = device;
        this.options = options;
        // its owner may write other entries to it before it is stored again
        index = new PrefixIndex<>(pages, hash, page -> page.label(new byte[0]));
        reuse = new Reuse(device, index, () -> this.options);
        residency = new Residency(device, () -> this.options.farthest(), reuse);
    }

    /** As {@link #open(List, Placement, int, int)}, for layers without a sliding window. */
    public PagedKvCache open(List<KvLayout> layouts, Placement placement, int capacity) {
        return open(layouts, placement, capacity, 0);
    }

    /**
     * Opens a cache without tokens and without pages.
     *
     * @param layouts one for each layer
     * @param placement where its pages may lie
     * @param capacity most positions that it may ever have
     * @param window the largest sliding window of a layer; 0 if none has one
     * @throws UsageException {@code PIN-KV-COUNT} for a negative number, {@code PIN-KV-LAYOUT} if the tokens of a page are
     *     not a power of two, {@code PIN-KV-CLOSED} after {@link #close}
     */
    public PagedKvCache open(List<KvLayout> layouts, Placement placement, int capacity, int window) {
        if (!open) {
            throw new UsageException("PIN-KV-CLOSED", "the pool of KV pages is closed", "load the model again");
        }
        var cache = new PagedKvCache(this, layouts, placement, capacity, window);
        caches.add(cache);
        return cache;
    }

    /**
     * Says that the device's tiers have been opened since.
     *
     * @param farthest the farthest tier that is open
     */
    public void opened(Tier farthest) {
        options = options.withFarthest(farthest);
    }

    /**
     * Finds the columns again that an earlier process left in the store of the device. What is incomplete, is not of this
     * pool's making or exceeds the limit is freed.
     *
     * @param stored what the store found
     */
    public void reopen(List<PageStore.Stored> stored) {
        new StoredColumns(device, pages, index).reopen(stored, options);
        reuse.trim();
    }

    /** Bytes of pages that no cache uses, kept for reuse in memory and on disk. */
    public long reusableBytes() {
        return reuse.bytes();
    }

    /**
     * Compares counted with owned pages, over all caches and what is kept for reuse.
     *
     * @throws io.pinyon.error.EngineException {@code PIN-KV-INTEGRITY} naming the first difference
     */
    public void checkIntegrity() {
        caches.forEach(PagedKvCache::checkTables);
        checkReferences();
    }

    /** As {@link #checkIntegrity()}, without looking into the caches. */
    void checkReferences() {
        List<List<Handle<KvPage>>> owners = new ArrayList<>();
        for (PagedKvCache cache : caches) {
            cache.tables().forEach(table -> owners.add(table.handles()));
        }
        owners.addAll(index.references());
        pages.checkIntegrity(owners);
        index.checkIntegrity();
    }

    /**
     * Moves what is kept for reuse to disk, as far as it may stay there for the next process, and gives the rest back. A
     * store that is closed after this and before {@link #close} keeps it.
     *
     * @throws UsageException {@code PIN-KV-BUSY} if caches are open; nothing is moved then
     */
    public void storeReusable() {
        requireNoCaches();
        reuse.storeAll();
    }

    /**
     * Gives back what is kept for reuse. Harmless when repeated.
     *
     * @throws UsageException {@code PIN-KV-BUSY} if caches are open; nothing is given back then
     */
    @Override
    public void close() {
        requireNoCaches();
        if (open) {
            open = false;
            index.columns().forEach(column -> {
                if (column.live()) {
                    index.drop(column);
                }
            });
        }
    }

    private void requireNoCaches() {
        if (!caches.isEmpty()) {
            throw new UsageException("PIN-KV-BUSY",
                    caches.size() + (caches.size() == 1 ? " KV cache is" : " KV caches are") + " open",
                    "close every session before its model");
        }
    }

    private void giveBack(KvPage page) {
        givenBack++;
        page.close();
    }

    // what follows is for the caches of this pool

    PagePool<KvPage> pages() {
        return pages;
    }

    PrefixIndex<KvPage> index() {
        return index;
    }

    Reuse reuse() {
        return reuse;
    }

    Residency residency() {
        return residency;
    }

    boolean sharing() {
        return options.sharing();
    }

    ChainId rootId(List<KvLayout> layouts) {
        return ChainId.root(options.fingerprint(), layouts);
    }

    /** Pages that were given back so far: unless it has changed, there is no more room than before. */
    long givenBack() {
        return givenBack;
    }

    void opened(PagedKvCache cache) {
        caches.add(cache);
    }

    void used(PagedKvCache cache) {
        caches.remove(cache);
        caches.add(cache);
    }

    void closed(PagedKvCache cache) {
        caches.remove(cache);
    }

    boolean near(List<Handle<KvPage>> handles) {
        return handles.stream().allMatch(handle -> near(handle.page()));
    }

    boolean near(KvPage page) {
        return page.tier() == device.tier();
    }

    /** Allocates a page, for which others may have to make room. */
    KvPage allocate(KvLayout layout) {
        while (true) {
            try {
                return device.allocatePage(layout);
            } catch (MemoryException e) {
                if (!makeRoom()) {
                    throw e;
                }
            }
        }
    }

    /** Brings pages to the device's own memory, for which others may have to make room. */
    void bringNear(List<KvPage> far) {
        while (!far.isEmpty()) {
            try {
                device.move(far, device.tier());
                return;
            } catch (MemoryException e) {
                if (!makeRoom()) {
                    throw e;
                }
            }
        }
    }

    void copy(KvPage source, KvPage target) {
        device.copyPage(source, target);
    }

    boolean makeRoom() {
        return reuse.evict(device.tier()) || caches.stream().anyMatch(PagedKvCache::moveOutOldest);
    }
}
