/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvPageException;
import io.pinyon.device.KvView;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.kv.PagePool.Handle;
import io.pinyon.kv.place.Placement;

/**
 * A cache that takes its pages from a pool as they are needed and shares them with other caches of the pool (paged
 * attention, arXiv 2309.06180).
 *
 * <p>Every layer has a page table of its own. References to pages are counted; a page with more than one is read-only, and
 * copied before its cache writes behind the last token. The last release gives a page back.
 */
public final class PagedKvCache implements KvCache {
    private final KvPool pool;
    private final Placement placement;
    private final List<PageTable> layers;
    private final Prefix prefix;
    private final Gaps gaps;
    private final int capacity;
    private int entries;
    private int reserved;
    private long countedBytes;
    private boolean writing;
    private boolean unsettled;
    private long fullSince = -1;
    private boolean open = true;

    /**
     * A cache without tokens and without pages, with a pool of its own.
     *
     * @param device where pages are allocated; closed after this
     * @param layouts one for each layer
     * @param capacity most tokens that it may ever hold
     * @throws UsageException {@code PIN-KV-COUNT} for a negative capacity, {@code PIN-KV-LAYOUT} if the tokens of a page
     *     are not a power of two
     */
    public PagedKvCache(Device device, List<KvLayout> layouts, int capacity) {
        this(new KvPool(device), layouts, Placement.DEVICE, capacity, 0);
        pool.opened(this);
    }

    /** A cache of a pool, which has to be told that it is open. */
    PagedKvCache(KvPool pool, List<KvLayout> layouts, Placement placement, int capacity, int window) {
        requireCount("a capacity", capacity);
        requireCount("a window", window);
        for (KvLayout layout : layouts) {
            if (Integer.bitCount(layout.pageTokens()) != 1 || layout.pageTokens() < 1) {
                throw new UsageException("PIN-KV-LAYOUT", layout.pageTokens() + " tokens per page",
                        "use a power of two");
            }
        }
        this.pool = pool;
        this.placement = placement;
        this.layers = layouts.stream().map(layout -> new PageTable(layout, pool.pages(), placement.movable())).toList();
        this.prefix = new Prefix(pool, layers, placement.movable(), pool.index().root(pool.rootId(layouts)));
        this.gaps = new Gaps(window);
        this.capacity = capacity;
    }

    private PagedKvCache(PagedKvCache origin) {
        pool = origin.pool;
        placement = origin.placement;
        layers = origin.layers.stream().map(PageTable::fork).toList();
        prefix = origin.prefix.fork(layers);
        gaps = origin.gaps.copy();
        capacity = origin.capacity;
        entries = origin.entries;
        reserved = origin.entries;
        countedBytes = origin.countedBytes;
        pool.opened(this);
    }

    @Override
    public PagedKvCache fork() {
        requireOpen();
        shrink(entries);
        return new PagedKvCache(this);
    }

    @Override
    public int length() {
        return entries + gaps.positions();
    }

    @Override
    public int entries() {
        return entries;
    }

    @Override
    public int capacity() {
        return capacity;
    }

    @Override
    public int layers() {
        return layers.size();
    }

    @Override
    public void reserve(int tokens) {
        requireOpen();
        requireCount("tokens to reserve", tokens);
        if (tokens > capacity - length()) {
            throw new UsageException("PIN-KV-CONTEXT",
                    tokens + " more tokens after " + length() + " exceed the context of " + capacity,
                    "shorten the input or open the session with a larger context");
        }
        if (tokens == 0) {
            return;
        }
        int end = Math.max(reserved, entries + tokens);
        pool.used(this);
        writing = true;
        try {
            grow(end);
        } finally {
            writing = false;
        }
    }

    private void grow(int end) {
        boolean pages = unsettled || layers.stream().anyMatch(layer -> kept(layer) < layer.pagesFor(end));
        var subject = new Residency.Subject(layers, placement, capacity, entries, end);
        if (pages) {
            pool.residency().moveOut(subject);
        }
        // making room may end the sharing of a page; it is copied all the same, as the pages were counted with it
        int[] keep = layers.stream().mapToInt(this::kept).toArray();
        List<List<KvPage>> fresh = allocate(subject, keep, pages);
        boolean released = false;
        for (int i = 0; i < layers.size(); i++) {
            PageTable layer = layers.get(i);
            released |= keep[i] < layer.size();
            countedBytes += layer.replaceFrom(keep[i], fresh.get(i));
        }
        unsettled = false;
        // the pages are there whatever happens to those that are kept for reuse
        reserved = end;
        if (released) {
            prefix.cut(entries);
            pool.reuse().trim();
        }
    }

    /** All missing pages of all layers, and copies in place of shared ones; or none. */
    private List<List<KvPage>> allocate(Residency.Subject subject, int[] keep, boolean missing) {
        List<List<KvPage>> fresh = new ArrayList<>();
        List<Handle<KvPage>> next = layers.stream().flatMap(layer -> layer.from(subject.entries()).stream()).toList();
        next.forEach(pool.pages()::pin);
        try {
            // what is behind the last token is about to be written, and the page that it is in written or copied
            pool.bringNear(next.stream().map(Handle::page).filter(page -> !pool.near(page)).toList());
            for (int l = 0; l < layers.size(); l++) {
                PageTable layer = layers.get(l);
                List<KvPage> pages = new ArrayList<>();
                fresh.add(pages);
                for (int i = keep[l]; i < layer.pagesFor(subject.end()); i++) {
                    pages.add(pool.allocate(layer.layout()));
                }
            }
            if (missing && pool.givenBack() != fullSince) {
                fullSince = pool.residency().moveIn(subject) ? -1 : pool.givenBack();
            }
            for (int i = 0; i < layers.size(); i++) {
                copyShared(layers.get(i), keep[i], fresh.get(i));
            }
            return fresh;
        } catch (RuntimeException | Error e) {
            fresh.forEach(pages -> pages.forEach(KvPage::close));
            throw e;
        } finally {
            next.forEach(pool.pages()::unpin);
        }
    }

    private int kept(PageTable layer) {
        return layer.keptWhenWritingFrom(entries);
    }

    private void copyShared(PageTable layer, int kept, List<KvPage> fresh) {
        if (kept < layer.size()) {
            pool.copy(layer.page(kept), fresh.getFirst());
        }
    }

    @Override
    public KvView view(int layer) {
        requireOpen();
        if (layer < 0 || layer >= layers.size()) {
            throw new UsageException("PIN-KV-LAYER", "layer " + layer + " of " + layers.size(),
                    "layers count from 0");
        }
        return layers.get(layer).view();
    }

    @Override
    public void commit(int tokens) {
        requireOpen();
        requireCount("tokens to commit", tokens);
        if (tokens > reserved - entries) {
            throw new UsageException("PIN-KV-COMMIT",
                    "a commit of " + tokens + " tokens, but " + (reserved - entries) + " are reserved",
                    "reserve them first");
        }
        entries += tokens;
    }

    @Override
    public void truncate(int newEntries) {
        requireOpen();
        if (newEntries < 0 || newEntries > entries) {
            throw new UsageException("PIN-KV-TRUNCATE", "a length of " + newEntries + " after " + entries + " tokens",
                    "truncate to at most the present length");
        }
        gaps.truncate(newEntries, entries);
        shrink(newEntries);
    }

    private void shrink(int newEntries) {
        entries = newEntries;
        reserved = newEntries;
        long before = countedBytes;
        layers.forEach(layer -> countedBytes += layer.replaceFrom(
                Math.min(layer.pagesFor(newEntries), layer.size()), List.of()));
        prefix.cut(newEntries);
        if (countedBytes < before) {
            unsettled = true;
            pool.reuse().trim();
        }
    }

    @Override
    public void excise(int from, int to) {
        requireOpen();
        gaps.excise(from, to, entries, prefix.columnTokens());
        shrink(entries);
        if (from < to) {
            layers.forEach(layer -> countedBytes -= layer.excise(from / layer.layout().pageTokens(),
                    to / layer.layout().pageTokens()));
            prefix.cut(from);
            entries -= to - from;
            reserved = entries;
            unsettled = true;
            pool.reuse().trim();
        }
    }

    @Override
    public int adopt(int[] tokens) {
        requireOpen();
        if (!pool.sharing() || length() > 0 || reserved > 0) {
            return 0;
        }
        pool.used(this);
        countedBytes = prefix.adopt(tokens, (Math.min(tokens.length, capacity) - 1) / prefix.columnTokens());
        entries = layers.isEmpty() ? 0 : layers.getFirst().size() * layers.getFirst().layout().pageTokens();
        reserved = entries;
        unsettled = true;
        if (!placement.movable()) {
            bringAdoptedNear();
        }
        return entries;
    }

    private void bringAdoptedNear() {
        try {
            pool.bringNear(layers.stream().flatMap(layer -> layer.view().pages().stream())
                    .filter(page -> !pool.near(page)).toList());
        } catch (MemoryException | KvPageException e) {
            if (e instanceof KvPageException lost) {
                pool.reuse().lost(lost.page());
            }
            // what cannot come is computed instead
            shrink(firstFar());
        }
    }

    /** The first entry of the first column that is not all in the device's own memory. */
    private int firstFar() {
        int first = entries;
        for (PageTable layer : layers) {
            for (int i = 0; i < layer.size(); i++) {
                if (!pool.near(layer.page(i))) {
                    first = Math.min(first, columnOf(layer, i));
                }
            }
        }
        return first;
    }

    private int columnOf(PageTable layer, int page) {
        int entry = page * layer.layout().pageTokens();
        return entry - entry % prefix.columnTokens();
    }

    @Override
    public boolean shares() {
        return pool.sharing();
    }

    @Override
    public boolean publishable() {
        return open && pool.sharing() && prefix.behind(completeColumns());
    }

    /** Columns before the first gap: behind it, the same tokens would have other entries. */
    private int completeColumns() {
        return Math.min(entries, gaps.first()) / prefix.columnTokens();
    }

    @Override
    public void publish(int[] tokens) {
        requireOpen();
        if (publishable()) {
            prefix.publish(tokens, Math.min(completeColumns(), tokens.length / prefix.columnTokens()));
            pool.reuse().trim();
        }
    }

    @Override
    public OptionalInt lost(KvPage page) {
        requireOpen();
        pool.reuse().lost(page);
        for (PageTable layer : layers) {
            int index = layer.view().pages().indexOf(page);
            if (index >= 0) {
                return OptionalInt.of(columnOf(layer, index));
            }
        }
        return OptionalInt.empty();
    }

    @Override
    public long bytes() {
        return countedBytes;
    }

    @Override
    public long sharedBytes() {
        return layers.stream().mapToLong(PageTable::sharedBytes).sum();
    }

    @Override
    public void checkIntegrity() {
        checkTables();
        pool.checkReferences();
    }

    /** As {@link #checkIntegrity}, of this cache alone. */
    void checkTables() {
        Integrity.check("committed tokens within the reserved", entries, Math.min(entries, reserved));
        Integrity.check("reserved tokens within the capacity", reserved,
                Math.min(reserved, capacity - gaps.positions()));
        Set<KvPage> owned = Collections.newSetFromMap(new IdentityHashMap<>());
        long ownedBytes = 0;
        for (int i = 0; i < layers.size(); i++) {
            PageTable layer = layers.get(i);
            Integrity.check("pages of layer " + i, layer.size(), layer.pagesFor(reserved));
            Integrity.check("pages in the view of layer " + i, layer.view().pages().size(), layer.size());
            for (int k = 0; k < layer.size(); k++) {
                KvPage page = layer.page(k);
                Integrity.check("bytes of a page of layer " + i, page.bytes(), layer.layout().pageBytes());
                Integrity.check("owners of a page of layer " + i, owned.add(page) ? 1 : 2, 1);
                Integrity.check("a page of layer " + i + " in its view",
                        page.equals(layer.view().pages().get(k)) ? 1 : 0,
                        1);
                Integrity.check("pages of layer " + i + " out of their place",
                        placement.movable() || pool.near(page) ? 0 : 1, 0);
                ownedBytes += page.bytes();
            }
            Integrity.check("pages of layer " + i + " that a reservation writes and others hold",
                    reserved > entries && kept(layer) < layer.size() ? 1 : 0, 0);
        }
        Integrity.check("counted bytes", countedBytes, ownedBytes);
    }

    /** Moves its oldest pages out of the device's own memory, if it may; false if none went. */
    @Override
    public boolean makeRoom() {
        requireOpen();
        return pool.makeRoom();
    }

    boolean moveOutOldest() {
        return placement.movable()
                && pool.residency().moveOutOldest(layers, layers.stream().map(this::writableFrom).toList());
    }

    private int writableFrom(PageTable layer) {
        return writing || reserved > entries ? entries / layer.layout().pageTokens() : layer.size();
    }

    List<PageTable> tables() {
        return layers;
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            prefix.touch();
            gaps.truncate(0, entries);
            shrink(0);
            pool.closed(this);
        }
    }

    private void requireOpen() {
        if (!open) {
            throw new UsageException("PIN-KV-CLOSED", "the KV cache is closed", "open another session");
        }
    }

    private static void requireCount(String what, int count) {
        if (count < 0) {
            throw new UsageException("PIN-KV-COUNT", what + ": " + count, "give a number from 0");
        }
    }
}
