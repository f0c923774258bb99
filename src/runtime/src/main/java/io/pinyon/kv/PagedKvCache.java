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
import io.pinyon.error.EngineException;
import io.pinyon.error.UsageException;

/**
 * A cache that owns all its pages and takes them from a device as they are needed (paged attention, arXiv 2309.06180).
 *
 * <p>Every layer has a page table of its own. A page belongs to exactly one cache from its allocation until truncation or
 * closing gives it back; a token's entry never moves while the token exists.
 */
public final class PagedKvCache implements KvCache {
    private final Device device;
    private final List<Layer> layers;
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
        this.layers = layouts.stream().map(Layer::new).toList();
        this.capacity = capacity;
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
        int end = Math.max(reserved, length + tokens);
        List<List<KvPage>> fresh = allocate(end);
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).append(fresh.get(i));
        }
        fresh.forEach(pages -> pages.forEach(page -> countedBytes += page.bytes()));
        reserved = end;
    }

    /** All missing pages of all layers, or none. */
    private List<List<KvPage>> allocate(int end) {
        List<List<KvPage>> fresh = new ArrayList<>();
        try {
            for (Layer layer : layers) {
                List<KvPage> pages = new ArrayList<>();
                fresh.add(pages);
                for (int i = layer.pages.size(); i < layer.pagesFor(end); i++) {
                    pages.add(device.allocatePage(layer.layout));
                }
            }
            return fresh;
        } catch (RuntimeException e) {
            fresh.forEach(pages -> pages.forEach(KvPage::close));
            throw e;
        }
    }

    @Override
    public KvView view(int layer) {
        requireOpen();
        if (layer < 0 || layer >= layers.size()) {
            throw new UsageException("PIN-KV-LAYER", "layer " + layer + " of " + layers.size(),
                    "layers count from 0");
        }
        return layers.get(layer).view;
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
        layers.forEach(layer -> layer.removeFrom(layer.pagesFor(newLength)).forEach(page -> {
            countedBytes -= page.bytes();
            page.close();
        }));
    }

    @Override
    public long bytes() {
        return countedBytes;
    }

    @Override
    public void checkIntegrity() {
        check("committed tokens within the reserved", length, Math.min(length, reserved));
        check("reserved tokens within the capacity", reserved, Math.min(reserved, capacity));
        Set<KvPage> owned = Collections.newSetFromMap(new IdentityHashMap<>());
        long ownedBytes = 0;
        for (int i = 0; i < layers.size(); i++) {
            Layer layer = layers.get(i);
            check("pages of layer " + i, layer.pages.size(), layer.pagesFor(reserved));
            check("pages in the view of layer " + i, layer.view.pages().size(), layer.pages.size());
            for (KvPage page : layer.pages) {
                check("bytes of a page of layer " + i, page.bytes(), layer.layout.pageBytes());
                check("owners of a page of layer " + i, owned.add(page) ? 1 : 2, 1);
                ownedBytes += page.bytes();
            }
        }
        check("counted bytes", countedBytes, ownedBytes);
    }

    private static void check(String what, long actual, long expected) {
        if (actual != expected) {
            throw new EngineException("PIN-KV-INTEGRITY", what + ": " + actual + ", expected " + expected,
                    "this is a defect; please report it");
        }
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            shrink(0);
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

    /** The page table of one layer. */
    private static final class Layer {
        private final KvLayout layout;
        private final List<KvPage> pages = new ArrayList<>();
        private KvView view;

        Layer(KvLayout layout) {
            this.layout = layout;
            this.view = new KvView(layout, pages);
        }

        int pagesFor(int tokens) {
            return Math.ceilDiv(tokens, layout.pageTokens());
        }

        void append(List<KvPage> fresh) {
            if (!fresh.isEmpty()) {
                pages.addAll(fresh);
                view = new KvView(layout, pages);
            }
        }

        List<KvPage> removeFrom(int count) {
            List<KvPage> tail = pages.subList(Math.min(count, pages.size()), pages.size());
            List<KvPage> removed = List.copyOf(tail);
            if (!removed.isEmpty()) {
                tail.clear();
                view = new KvView(layout, pages);
            }
            return removed;
        }
    }
}
