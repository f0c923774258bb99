/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;
import io.pinyon.kv.PagePool.Handle;

/** The pages of one layer of one cache, in order of their entries, with a reference to each. */
final class PageTable {
    private final KvLayout layout;
    private final PagePool<KvPage> pool;
    private final boolean movable;
    private final List<Handle<KvPage>> handles = new ArrayList<>();
    private KvView view;

    /**
     * @param movable whether the pages may leave the device's own memory; others are pinned
     */
    PageTable(KvLayout layout, PagePool<KvPage> pool, boolean movable) {
        this.layout = layout;
        this.pool = pool;
        this.movable = movable;
        this.view = newView();
    }

    private KvView newView() {
        return new KvView(layout, handles.stream().map(Handle::page).toList());
    }

    /** Another table with references of its own to the same pages. */
    PageTable fork() {
        PageTable fork = new PageTable(layout, pool, movable);
        fork.share(handles);
        return fork;
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

    /** The page of an entry and those behind it. */
    List<Handle<KvPage>> from(int entry) {
        return List.copyOf(handles.subList(Math.min(handles.size(), entry / layout.pageTokens()), handles.size()));
    }

    KvPage page(int index) {
        return handles.get(index).page();
    }

    int size() {
        return handles.size();
    }

    int pagesFor(int tokens) {
        return Math.ceilDiv(tokens, layout.pageTokens());
    }

    /** How many pages stay as they are when tokens behind an entry are to be written: all, or those before a shared one. */
    int keptWhenWritingFrom(int entry) {
        int next = entry / layout.pageTokens();
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
        long grown = -remove(kept, handles.size());
        for (KvPage page : fresh) {
            Handle<KvPage> handle = pool.add(page);
            handles.add(handle);
            pin(handle);
            grown += page.bytes();
        }
        view = newView();
        return grown;
    }

    /**
     * Adds pages that others hold too.
     *
     * @return by how many bytes the table grew
     */
    long share(List<Handle<KvPage>> others) {
        for (Handle<KvPage> handle : others) {
            handles.add(pool.retain(handle));
            pin(handle);
        }
        view = newView();
        return bytes(others);
    }

    /**
     * Holds other pages of the same contents instead of its own.
     *
     * @param from index of the first
     */
    void exchange(int from, List<Handle<KvPage>> others) {
        List<Handle<KvPage>> range = handles.subList(from, from + others.size());
        List<Handle<KvPage>> old = List.copyOf(range);
        for (int i = 0; i < others.size(); i++) {
            range.set(i, pool.retain(others.get(i)));
            pin(others.get(i));
        }
        view = newView();
        old.forEach(this::release);
    }

    /**
     * Releases pages in the middle.
     *
     * @return by how many bytes the table shrank
     */
    long excise(int from, int to) {
        long shrunk = remove(from, to);
        view = newView();
        return shrunk;
    }

    private long remove(int from, int to) {
        List<Handle<KvPage>> range = handles.subList(from, to);
        List<Handle<KvPage>> removed = List.copyOf(range);
        range.clear();
        long bytes = bytes(removed);
        removed.forEach(this::release);
        return bytes;
    }

    private static long bytes(List<Handle<KvPage>> some) {
        return some.stream().mapToLong(handle -> handle.page().bytes()).sum();
    }

    private void pin(Handle<KvPage> handle) {
        if (!movable) {
            pool.pin(handle);
        }
    }

    private void release(Handle<KvPage> handle) {
        if (!movable) {
            pool.unpin(handle);
        }
        pool.release(handle);
    }

    /** Bytes of the pages that other caches reference too. */
    long sharedBytes() {
        return handles.stream().filter(handle -> handle.users() > 1).mapToLong(handle -> handle.page().bytes()).sum();
    }
}
