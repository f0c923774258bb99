/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;
import io.pinyon.error.UsageException;

/**
 * A cache that takes its pages from a device as they are needed and shares them with its forks (paged attention, arXiv
 * 2309.06180).
 *
 * <p>Every layer has a page table of its own. References to pages are counted; a page with more than one is read-only, and
 * copied before its cache writes behind the last token. The last release gives a page back.
 */
public final class PagedKvCache implements KvCache {
    private final Device device;
    private final Family family;
    private final List<PageTable> layers;
    private final int capacity;
    private int length;
    private int reserved;
    private long countedBytes;
    private boolean open = true;

    /**
     * A cache without tokens and without pages.
     *
     * @param device where pages are allocated; closed after this
     * @param layouts one for each layer
     * @param capacity most tokens that it may ever hold
     * @throws UsageException {@code PIN-KV-COUNT} for a negative capacity, {@code PIN-KV-LAYOUT} if the tokens of a page
     *     are not a power of two
     */
    public PagedKvCache(Device device, List<KvLayout> layouts, int capacity) {
        requireCount("a capacity", capacity);
        for (KvLayout layout : layouts) {
            if (Integer.bitCount(layout.pageTokens()) != 1 || layout.pageTokens() < 1) {
                throw new UsageException("PIN-KV-LAYOUT", layout.pageTokens() + " tokens per page",
                        "use a power of two");
            }
        }
        this.device = device;
        this.family = new Family();
        this.layers = layouts.stream().map(layout -> new PageTable(layout, family.pool)).toList();
        this.capacity = capacity;
        family.members.add(this);
    }

    private PagedKvCache(PagedKvCache origin) {
        device = origin.device;
        family = origin.family;
        layers = origin.layers.stream().map(PageTable::fork).toList();
        capacity = origin.capacity;
        length = origin.length;
        reserved = origin.length;
        countedBytes = origin.countedBytes;
        family.members.add(this);
    }

    @Override
    public PagedKvCache fork() {
        requireOpen();
        shrink(length);
        return new PagedKvCache(this);
    }

    @Override
    public int length() {
        return length;
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
        if (tokens > capacity - length) {
            throw new UsageException("PIN-KV-CONTEXT",
                    tokens + " more tokens after " + length + " exceed the context of " + capacity,
                    "shorten the input or open the session with a larger context");
        }
        if (tokens == 0) {
            return;
        }
        int end = Math.max(reserved, length + tokens);
        List<List<KvPage>> fresh = allocate(end);
        for (int i = 0; i < layers.size(); i++) {
            PageTable layer = layers.get(i);
            countedBytes += layer.replaceFrom(layer.keptWhenWritingFrom(length), fresh.get(i));
        }
        reserved = end;
    }

    /** All missing pages of all layers, and copies in place of shared ones; or none. */
    private List<List<KvPage>> allocate(int end) {
        List<List<KvPage>> fresh = new ArrayList<>();
        try {
            for (PageTable layer : layers) {
                List<KvPage> pages = new ArrayList<>();
                fresh.add(pages);
                for (int i = layer.keptWhenWritingFrom(length); i < layer.pagesFor(end); i++) {
                    pages.add(device.allocatePage(layer.layout()));
                }
            }
            for (int i = 0; i < layers.size(); i++) {
                copyShared(layers.get(i), fresh.get(i));
            }
            return fresh;
        } catch (RuntimeException | Error e) {
            fresh.forEach(pages -> pages.forEach(KvPage::close));
            throw e;
        }
    }

    private void copyShared(PageTable layer, List<KvPage> fresh) {
        int kept = layer.keptWhenWritingFrom(length);
        if (kept < layer.size()) {
            device.copyPage(layer.handles().get(kept).page(), fresh.getFirst());
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
        if (tokens > reserved - length) {
            throw new UsageException("PIN-KV-COMMIT",
                    "a commit of " + tokens + " tokens, but " + (reserved - length) + " are reserved",
                    "reserve them first");
        }
        length += tokens;
    }

    @Override
    public void truncate(int newLength) {
        requireOpen();
        if (newLength < 0 || newLength > length) {
            throw new UsageException("PIN-KV-TRUNCATE", "a length of " + newLength + " after " + length + " tokens",
                    "truncate to at most the present length");
        }
        shrink(newLength);
    }

    private void shrink(int newLength) {
        length = newLength;
        reserved = newLength;
        layers.forEach(layer -> countedBytes += layer.replaceFrom(
                Math.min(layer.pagesFor(newLength), layer.size()), List.of()));
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
        Integrity.check("committed tokens within the reserved", length, Math.min(length, reserved));
        Integrity.check("reserved tokens within the capacity", reserved, Math.min(reserved, capacity));
        Set<KvPage> owned = Collections.newSetFromMap(new IdentityHashMap<>());
        long ownedBytes = 0;
        for (int i = 0; i < layers.size(); i++) {
            PageTable layer = layers.get(i);
            Integrity.check("pages of layer " + i, layer.size(), layer.pagesFor(reserved));
            Integrity.check("pages in the view of layer " + i, layer.view().pages().size(), layer.size());
            for (int k = 0; k < layer.size(); k++) {
                KvPage page = layer.handles().get(k).page();
                Integrity.check("bytes of a page of layer " + i, page.bytes(), layer.layout().pageBytes());
                Integrity.check("owners of a page of layer " + i, owned.add(page) ? 1 : 2, 1);
                Integrity.check("a page of layer " + i + " in its view",
                        page.equals(layer.view().pages().get(k)) ? 1 : 0,
                        1);
                ownedBytes += page.bytes();
            }
            Integrity.check("pages of layer " + i + " that a reservation writes and others hold",
                    reserved > length && layer.keptWhenWritingFrom(length) < layer.size() ? 1 : 0, 0);
        }
        Integrity.check("counted bytes", countedBytes, ownedBytes);
        family.checkIntegrity();
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            shrink(0);
            family.members.remove(this);
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

    /** The caches that share pages. */
    private static final class Family {
        private final PagePool<KvPage> pool = new PagePool<>(KvPage::close);
        private final Set<PagedKvCache> members = Collections.newSetFromMap(new IdentityHashMap<>());

        void checkIntegrity() {
            pool.checkIntegrity(members.stream().flatMap(member -> member.layers.stream()).map(PageTable::handles)
                    .toList());
        }
    }
}
