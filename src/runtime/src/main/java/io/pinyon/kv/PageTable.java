/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;
import io.pinyon.kv.PagePool.Handle;

/** The pages of one layer of one cache, in order of position, with a reference to each. */
final class PageTable {
    private final KvLayout layout;
    private final PagePool<KvPage> pool;
    private final List<Handle<KvPage>> handles;
    private KvView view;

    PageTable(KvLayout layout, PagePool<KvPage> pool) {
        this(layout, pool, List.of());
    }

    private PageTable(KvLayout layout, PagePool<KvPage> pool, List<Handle<KvPage>> handles) {
        this.layout = layout;
        this.pool = pool;
        this.handles = new ArrayList<>(handles);
        this.view = newView();
    }

    private KvView newView() {
        return new KvView(layout, handles.stream().map(Handle::page).toList());
    }

    /** Another table with references of its own to the same pages. */
    PageTable fork() {
        handles.forEach(pool::retain);
        return new PageTable(layout, pool, handles);
    }

    KvLayout layout() {
        return layout;
    }

    /** Replaced whenever a page is. */
    KvView view() {
        return view;
    }

    List<Handle<KvPage>> handles() {
        return handles;
    }

    int size() {
        return handles.size();
    }

    int pagesFor(int tokens) {
        return Math.ceilDiv(tokens, layout.pageTokens());
    }

    /** How many pages stay as they are when tokens behind a position are to be written: all, or those before a shared one. */
    int keptWhenWritingFrom(int position) {
        int next = position / layout.pageTokens();
        return next < handles.size() && handles.get(next).shared() ? next : handles.size();
    }

    /**
     * Releases the pages from an index on and puts others in their place.
     *
     * @param kept pages that stay
     * @param fresh pages that come behind them; the pool takes them over
     * @return by how many bytes the table grew
     */
    long replaceFrom(int kept, List<KvPage> fresh) {
        if (kept >= handles.size() && fresh.isEmpty()) {
            return 0;
        }
        List<Handle<KvPage>> tail = handles.subList(kept, handles.size());
        List<Handle<KvPage>> removed = List.copyOf(tail);
        tail.clear();
        fresh.forEach(page -> handles.add(pool.add(page)));
        view = newView();
        long grown = fresh.stream().mapToLong(KvPage::bytes).sum();
        for (Handle<KvPage> handle : removed) {
            grown -= handle.page().bytes();
            pool.release(handle);
        }
        return grown;
    }

    /** Bytes of the pages that others reference too. */
    long sharedBytes() {
        return handles.stream().filter(Handle::shared).mapToLong(handle -> handle.page().bytes()).sum();
    }
}
