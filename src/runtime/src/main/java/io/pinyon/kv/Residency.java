/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.KvPage;
import io.pinyon.error.MemoryException;
import io.pinyon.kv.PagePool.Handle;
import io.pinyon.kv.place.Placement;
import io.pinyon.kv.place.Split;
import io.pinyon.memory.Tier;

/** Moves the pages of caches to where their placement wants them, and out of the way when memory is short. */
final class Residency {
    /** Columns that come nearer at once. */
    private static final int BATCH = 8;

    private final Device device;
    private final Tier own;
    private final Tier farthest;
    private final Reuse reuse;

    /** The pages of a cache and how they are to lie. */
    record Subject(List<PageTable> tables, Placement placement, int capacity, int entries, int end) {
        private Split split(PageTable table, Tier own, Tier farthest) {
            int tokens = table.layout().pageTokens();
            long bytes = tables.stream().mapToLong(each -> each.layout().tokenBytes() * tokens).sum();
            int pages = table.pagesFor(end);
            return Split.of(placement, own, farthest, table.pagesFor(capacity), bytes, pages, pages - entries / tokens);
        }
    }

    private record Candidate(long firstToken, KvPage page, Tier target) {}

    Residency(Device device, Tier farthest, Reuse reuse) {
        this.device = device;
        this.own = device.tier();
        this.farthest = farthest;
        this.reuse = reuse;
    }

    /**
     * Moves out what exceeds the limits once the cache has grown.
     *
     * @throws MemoryException if there is no room for it farther out; what has moved stays there
     */
    void moveOut(Subject subject) {
        if (farthest == own || !subject.placement().movable()) {
            return;
        }
        List<Candidate> farther = candidates(subject, false);
        move(pages(farther, Tier.DISK), Tier.DISK);
        moveOutOfDevice(pages(farther, Tier.HOST));
    }

    private void moveOutOfDevice(List<KvPage> pages) {
        try {
            move(pages, Tier.HOST);
        } catch (MemoryException e) {
            if (farthest != Tier.DISK) {
                throw e;
            }
            move(pages, Tier.DISK);
        }
    }

    /**
     * Brings pages nearer that may lie nearer, the newest first, as far as there is room. Pages that other caches use too
     * stay: what is far for one cache may be near for the other.
     *
     * @return false if there was no room for all
     * @throws io.pinyon.device.KvPageException if a page is lost
     */
    boolean moveIn(Subject subject) {
        if (farthest == own || !subject.placement().movable()) {
            return true;
        }
        List<Candidate> nearer = candidates(subject, true);
        int batch = BATCH * subject.tables().size();
        try {
            for (Tier target : List.of(Tier.DEVICE, Tier.HOST)) {
                List<KvPage> pages = pages(nearer, target);
                for (int i = 0; i < pages.size(); i += batch) {
                    device.move(pages.subList(i, Math.min(pages.size(), i + batch)), target);
                }
            }
            return true;
        } catch (MemoryException _) {
            // the rest stays where it is, which is no failure
            return false;
        }
    }

    private List<Candidate> candidates(Subject subject, boolean nearer) {
        List<Candidate> candidates = new ArrayList<>();
        for (PageTable table : subject.tables()) {
            Split split = subject.split(table, own, farthest);
            for (int i = 0; i < table.size(); i++) {
                Handle<KvPage> handle = table.handles().get(i);
                Tier wanted = split.tier(i, own);
                int farther = wanted.compareTo(handle.page().tier());
                boolean moves = nearer ? farther < 0 && handle.users() == 1 : farther > 0 && !handle.pinned();
                if (moves) {
                    candidates.add(new Candidate((long) i * table.layout().pageTokens(), handle.page(), wanted));
                }
            }
        }
        candidates.sort(Comparator.comparingLong(Candidate::firstToken).reversed());
        return candidates;
    }

    private static List<KvPage> pages(List<Candidate> candidates, Tier target) {
        return candidates.stream().filter(candidate -> candidate.target() == target).map(Candidate::page).toList();
    }

    /**
     * Moves the oldest column of a cache out of the device's own memory.
     *
     * @param writableFrom for each table the first page that has to stay
     * @return false if there is none that may move, or no room for it
     */
    boolean moveOutOldest(List<PageTable> tables, List<Integer> writableFrom) {
        int tokens = tables.stream().mapToInt(table -> table.layout().pageTokens()).max().orElse(1);
        int columns = tables.stream()
                .mapToInt(table -> Math.ceilDiv(table.size() * table.layout().pageTokens(), tokens))
                .max().orElse(0);
        for (int column = 0; column < columns && farthest != own; column++) {
            List<KvPage> pages = new ArrayList<>();
            for (int layer = 0; layer < tables.size(); layer++) {
                PageTable table = tables.get(layer);
                int each = tokens / table.layout().pageTokens();
                int to = Math.min((column + 1) * each, Math.min(table.size(), writableFrom.get(layer)));
                for (int i = column * each; i < to; i++) {
                    Handle<KvPage> handle = table.handles().get(i);
                    if (handle.page().tier() == own && !handle.pinned()) {
                        pages.add(handle.page());
                    }
                }
            }
            if (!pages.isEmpty()) {
                return tryMoveOut(pages);
            }
        }
        return false;
    }

    private boolean tryMoveOut(List<KvPage> pages) {
        try {
            if (own == Tier.HOST) {
                move(pages, Tier.DISK);
            } else {
                moveOutOfDevice(pages);
            }
            return true;
        } catch (MemoryException _) {
            // the caller asks elsewhere, and fails with its own error if there is nothing
            return false;
        }
    }

    /** Moves pages farther out; what is only kept for reuse there makes room. */
    private void move(List<KvPage> pages, Tier target) {
        while (!pages.isEmpty()) {
            try {
                device.move(pages, target);
                return;
            } catch (MemoryException e) {
                if (!reuse.evict(target)) {
                    throw e;
                }
            }
        }
    }
}
