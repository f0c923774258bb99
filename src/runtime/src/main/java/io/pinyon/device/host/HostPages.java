/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvTiers;
import io.pinyon.device.PageStore;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Lease;
import io.pinyon.memory.MemoryAccount;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** The KV pages of a {@link HostDevice}, in memory and on disk. */
final class HostPages {
    private final String device;
    private final MemoryAccount account;
    private final Supplier<Runnable> admission;
    private final ExecutorService reader = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("pinyon-kv-reader").factory());

    // guarded by this
    private final Set<Integer> slots = new HashSet<>();
    private final Set<HostStaging> stagings = new HashSet<>();
    private Optional<KvTiers> tiers = Optional.empty();

    /**
     * @param device its name
     * @param account where bytes are booked
     * @param admission counts an allocation of the device, or refuses it; what it returns is run when that is over
     */
    HostPages(String device, MemoryAccount account, Supplier<Runnable> admission) {
        this.device = device;
        this.account = account;
        this.admission = admission;
    }

    HostPage allocate(KvLayout layout) {
        return page(layout.pageBytes(), () -> memory(layout.pageBytes()));
    }

    private HostPage page(long bytes, Supplier<HostPage.Place> place) {
        Runnable close = admission.get();
        try {
            return new HostPage(this, bytes, place.get(), close);
        } catch (RuntimeException | Error e) {
            close.run();
            throw e;
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the place owns the arena
    private HostPage.InMemory memory(long bytes) {
        Lease lease = account.reserve(Tier.HOST, Purpose.KV, bytes);
        Arena arena = Arena.ofShared();
        try {
            return new HostPage.InMemory(arena.allocate(bytes, StagingArea.ALIGNMENT), () -> {
                arena.close();
                lease.close();
            });
        } catch (OutOfMemoryError e) {
            arena.close();
            lease.close();
            throw new MemoryException("PIN-MEMORY-HOST", Bytes.format(bytes) + " for a KV page could not be allocated",
                    "shorten the context or free memory", e);
        }
    }

    synchronized void open(KvTiers opened) {
        if (tiers.isPresent()) {
            throw new UsageException("PIN-KV-TIERS", "the tiers of " + device + " are open already",
                    "open them once");
        }
        tiers = Optional.of(opened);
    }

    private synchronized PageStore store() {
        return tiers.flatMap(KvTiers::store).orElseThrow(
                () -> new UsageException("PIN-KV-TIERS", "device " + device + " has no store for pages",
                        "open its tiers with one first"));
    }

    void move(List<KvPage> pages, Tier target) {
        List<HostPage> moving = pages.stream().map(page -> HostPage.of(page, this)).distinct()
                .filter(page -> page.tier() != target).toList();
        switch (target) {
            case HOST -> move(moving, this::toMemory);
            case DISK -> {
                PageStore store = store();
                move(moving, page -> toDisk(store, page));
            }
            case DEVICE, MAPPED -> throw new UsageException("PIN-KV-TIERS",
                    "device " + device + " keeps no pages on " + target, "move them to HOST or DISK");
        }
    }

    private static void move(List<HostPage> pages, Function<HostPage, HostPage.Place> copy) {
        List<HostPage.Place> copies = new ArrayList<>();
        try {
            for (HostPage page : pages) {
                copies.add(copy.apply(page));
            }
        } catch (RuntimeException | Error e) {
            copies.forEach(place -> place.release().run());
            throw e;
        }
        for (int i = 0; i < copies.size(); i++) {
            pages.get(i).moveTo(copies.get(i));
        }
    }

    private HostPage.Place toMemory(HostPage page) {
        HostPage.InMemory memory = memory(page.bytes());
        try {
            page.read(memory.segment());
            return memory;
        } catch (RuntimeException | Error e) {
            memory.release().run();
            throw e;
        }
    }

    private HostPage.Place toDisk(PageStore store, HostPage page) {
        Lease lease = account.reserve(Tier.DISK, Purpose.KV, page.bytes());
        try {
            int slot = store.put(page.segment(), page.label());
            enter(slot);
            return onDisk(store, slot, lease);
        } catch (RuntimeException | Error e) {
            lease.close();
            throw e;
        }
    }

    private HostPage.OnDisk onDisk(PageStore store, int slot, Lease lease) {
        return new HostPage.OnDisk(store, slot, () -> {
            leave(slot, () -> store.free(slot));
            lease.close();
        });
    }

    private synchronized void enter(int slot) {
        if (!slots.add(slot)) {
            throw new UsageException("PIN-KV-TIERS", "slot " + slot + " belongs to a page of " + device + " already",
                    "open a stored page once");
        }
    }

    /** Nobody reads a slot any more when it becomes free, and without pages on disk nothing needs staging. */
    private synchronized void leave(int slot, Runnable free) {
        stagings.forEach(staging -> staging.await(slot));
        free.run();
        slots.remove(slot);
        if (slots.isEmpty()) {
            stagings.forEach(HostStaging::release);
        }
    }

    HostPage open(PageStore.Stored stored) {
        PageStore store = store();
        HostPage page = page(stored.bytes(), () -> {
            Lease lease = account.reserve(Tier.DISK, Purpose.KV, stored.bytes());
            try {
                enter(stored.slot());
                return onDisk(store, stored.slot(), lease);
            } catch (RuntimeException | Error e) {
                lease.close();
                throw e;
            }
        });
        byte[] label = new byte[stored.label().remaining()];
        stored.label().duplicate().get(label);
        page.label(label);
        return page;
    }

    /** Whether any page is on disk. */
    synchronized boolean anyOnDisk() {
        return !slots.isEmpty();
    }

    /** For a table; to be given back with {@link #end}. */
    synchronized HostStaging newStaging() {
        var staging = new HostStaging(account, reader);
        stagings.add(staging);
        return staging;
    }

    synchronized void end(HostStaging staging) {
        stagings.remove(staging);
        staging.release();
    }

    /** Ends the thread; all pages and tables are closed by now. */
    void close() {
        reader.shutdown();
    }
}
