/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

import io.pinyon.error.MemoryException;
import io.pinyon.memory.MemoryAccount;

/**
 * Brings the pages of one table's layers from disk to memory, a layer at a time: one area is for the layer that an op reads
 * now, the other for the one that is read from disk meanwhile.
 */
final class HostStaging {
    /** What is being read, by slots, and when it is done. */
    private record Reading(Set<Integer> slots, CompletableFuture<Void> done) {
        static final Reading NONE = new Reading(Set.of(), CompletableFuture.completedFuture(null));

        /** What could not be read is read again, and reported, when it is needed. */
        void await() {
            done.handle((_, _) -> true).join();
        }
    }

    private final Executor reader;
    private StagingArea now;
    private StagingArea ahead;
    private volatile Reading reading = Reading.NONE;

    /**
     * @param account where the areas are booked
     * @param reader reads ahead
     */
    HostStaging(MemoryAccount account, Executor reader) {
        this.reader = reader;
        this.now = new StagingArea(account);
        this.ahead = new StagingArea(account);
    }

    /**
     * An area that holds these pages, until the next call.
     *
     * @throws MemoryException if there is no room
     * @throws io.pinyon.device.KvPageException if one is lost
     */
    synchronized StagingArea hold(Collection<HostPage> pages) {
        if (!now.holds(pages)) {
            reading.await();
            if (ahead.holds(pages)) {
                StagingArea read = ahead;
                ahead = now;
                now = read;
            } else {
                reserve(pages);
                now.read(pages);
            }
        }
        return now;
    }

    private void reserve(Collection<HostPage> pages) {
        try {
            now.reserve(pages);
        } catch (MemoryException e) {
            if (ahead.isEmpty()) {
                throw e;
            }
            ahead.release();
            reading = Reading.NONE;
            now.reserve(pages);
        }
    }

    /** Begins to read pages that an op will want next; without room for them, does nothing. */
    synchronized void readAhead(Collection<HostPage> pages) {
        Set<Integer> slots = slots(pages);
        if (reading.slots().containsAll(slots)) {
            return;
        }
        reading.await();
        try {
            ahead.reserve(pages);
        } catch (MemoryException e) {
            reading = Reading.NONE;
            return; // one layer at a time, then
        }
        StagingArea area = ahead;
        List<HostPage> list = List.copyOf(pages);
        reading = new Reading(slots, CompletableFuture.runAsync(() -> area.read(list), reader));
    }

    private static Set<Integer> slots(Collection<HostPage> pages) {
        return pages.stream().map(HostPage::place).filter(HostPage.OnDisk.class::isInstance)
                .map(place -> ((HostPage.OnDisk) place).slot()).collect(Collectors.toSet());
    }

    /** Waits until nobody reads a slot ahead. */
    void await(int slot) {
        Reading present = reading;
        if (present.slots().contains(slot)) {
            present.await();
        }
    }

    /** Drops all copies: pages may have moved. */
    synchronized void forget() {
        reading.await();
        reading = Reading.NONE;
        now.forget();
        ahead.forget();
    }

    /** Gives the memory back until it is needed again. */
    synchronized void release() {
        reading.await();
        reading = Reading.NONE;
        now.release();
        ahead.release();
    }
}
