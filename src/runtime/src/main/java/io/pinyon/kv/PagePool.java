/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Counts who holds which page, whatever a page is. One thread at a time.
 *
 * <p>Releasing more often than retaining, and handles of another pool, are defects of the caller: they are refused with
 * {@code PIN-KV-INTEGRITY} before anything is counted.
 *
 * @param <P> the pages
 */
final class PagePool<P> {
    private final Consumer<? super P> giveBack;
    private int livePages;
    private long references;

    /** A page and the number of references to it. */
    static final class Handle<P> {
        private final PagePool<P> pool;
        private final P page;
        private int references = 1;
        private int kept;
        private int pins;

        private Handle(PagePool<P> pool, P page) {
            this.pool = pool;
            this.page = page;
        }

        P page() {
            return page;
        }

        /** Whether there is more than one reference. */
        boolean shared() {
            return references > 1;
        }

        /** References that are not only for reuse. */
        int users() {
            return references - kept;
        }

        /** References that are only for reuse. */
        int kept() {
            return kept;
        }

        /** Whether somebody needs the page where it is. */
        boolean pinned() {
            return pins > 0;
        }

        /** Users that need the page where it is. */
        int pins() {
            return pins;
        }
    }

    /**
     * @param giveBack takes a page whose last reference was released; called once for each
     */
    PagePool(Consumer<? super P> giveBack) {
        this.giveBack = giveBack;
    }

    /** Takes over a page, with one reference for the caller. */
    Handle<P> add(P page) {
        livePages++;
        references++;
        return new Handle<>(this, page);
    }

    /** Adds a reference to a page that has one. */
    Handle<P> retain(Handle<P> handle) {
        requireLive(handle);
        handle.references++;
        references++;
        return handle;
    }

    /** Takes a reference away; the page goes back with the last one. */
    void release(Handle<P> handle) {
        requireLive(handle);
        handle.references--;
        references--;
        if (handle.references == 0) {
            livePages--;
            giveBack.accept(handle.page);
        }
    }

    /** Adds a reference that is only for reuse. */
    void keep(Handle<P> handle) {
        retain(handle);
        handle.kept++;
    }

    /** Takes a reference away that was only for reuse. */
    void giveUp(Handle<P> handle) {
        requireLive(handle);
        Integrity.check("references for reuse", Math.min(1, handle.kept), 1);
        handle.kept--;
        release(handle);
    }

    /** Says that a user needs the page where it is. */
    void pin(Handle<P> handle) {
        requireLive(handle);
        handle.pins++;
    }

    /** Takes back one {@link #pin}. */
    void unpin(Handle<P> handle) {
        requireLive(handle);
        Integrity.check("pins of a page", Math.min(1, handle.pins), 1);
        handle.pins--;
    }

    private void requireLive(Handle<P> handle) {
        Integrity.check("pools of a page", handle.pool == this ? 1 : 0, 1);
        Integrity.check("live pages behind a handle", Math.min(1, handle.references), 1);
    }

    /** Pages that have references. */
    int livePages() {
        return livePages;
    }

    /** References to all pages. */
    long references() {
        return references;
    }

    /**
     * Compares the counts with the references that there are.
     *
     * @param owners for each owner the handles that it holds, as often as it retained them
     * @throws io.pinyon.error.EngineException {@code PIN-KV-INTEGRITY} naming the first difference
     */
    void checkIntegrity(List<List<Handle<P>>> owners) {
        Map<Handle<P>, Integer> held = new HashMap<>();
        long heldReferences = 0;
        for (List<Handle<P>> handles : owners) {
            for (Handle<P> handle : handles) {
                requireLive(handle);
                held.merge(handle, 1, Integer::sum);
                heldReferences++;
            }
        }
        held.forEach((handle, count) -> Integrity.check("references to a page", handle.references, count));
        Integrity.check("live pages", livePages, held.size());
        Integrity.check("references to all pages", references, heldReferences);
    }
}
