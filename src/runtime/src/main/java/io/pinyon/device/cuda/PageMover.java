/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import io.pinyon.device.cuda.CudaPage.OnDevice;
import io.pinyon.device.cuda.CudaPage.OnDisk;
import io.pinyon.device.cuda.CudaPage.OnHost;
import io.pinyon.device.cuda.CudaPage.Place;
import io.pinyon.memory.Lease;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.jspecify.annotations.Nullable;

/**
 * Moves pages between device memory, page-locked memory and a store. Within {@link Gpu#call}, while no group of pages is
 * on its way.
 *
 * <p>Between device and host it only issues copies: ops go on meanwhile, the host waits before it reads what is copied out,
 * and device memory that is left waits in {@link CudaMemory#closeBehindCopies}. What goes to or from the store is waited
 * for.
 */
final class PageMover {
    private final Gpu gpu;
    private final CudaMemory memory;
    private final PinnedMemory pinned;
    private final CopyStreams streams;
    private final GroupBuffers buffers;
    private final @Nullable StoreThreads store;
    private final Runnable idle;
    private final AtomicInteger onDisk = new AtomicInteger();

    /**
     * @param store for pages on disk; {@code null} for none
     * @param idle waits until nobody reads the store
     */
    PageMover(Gpu gpu, CudaMemory memory, PinnedMemory pinned, CopyStreams streams, GroupBuffers buffers,
            @Nullable StoreThreads store, Runnable idle) {
        this.gpu = gpu;
        this.memory = memory;
        this.pinned = pinned;
        this.streams = streams;
        this.buffers = buffers;
        this.store = store;
        this.idle = idle;
    }

    /** Pages that lie in the store. */
    int onDisk() {
        return onDisk.get();
    }

    /**
     * Moves all of them or none.
     *
     * @param pages each once, none of them on the target
     */
    void move(List<CudaPage> pages, Tier target) {
        switch (target) {
            case DEVICE -> toDevice(pages);
            case HOST -> toHost(pages);
            case DISK, MAPPED -> toDisk(pages);
        }
    }

    private void toDevice(List<CudaPage> pages) {
        List<OnDevice> places = places(pages,
                page -> new OnDevice(memory.allocate(Purpose.KV, page.bytes())));
        try {
            streams.beginIn();
            var runs = new CopyRuns(memory::chunkOf, pinned::chunkOf);
            List<Integer> stored = new ArrayList<>();
            for (int i = 0; i < pages.size(); i++) {
                if (pages.get(i).place() instanceof OnHost from) {
                    runs.add(places.get(i).piece().address(), from.piece().address(), pages.get(i).bytes());
                } else {
                    stored.add(i);
                }
            }
            runs.toDevice(gpu, pinned, streams.in());
            if (!stored.isEmpty()) {
                streams.awaitIn();
            }
            batches(pages, stored).forEach(batch -> fromStore(pages, places, batch));
            streams.endIn();
        } catch (RuntimeException e) {
            gpu.release(streams::awaitIn);
            places.forEach(Place::close);
            throw e;
        }
        leave(pages, places);
    }

    private void fromStore(List<CudaPage> pages, List<OnDevice> places, List<Integer> batch) {
        var runs = new CopyRuns(memory::chunkOf, pinned::chunkOf);
        List<CompletableFuture<Void>> reads = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            CudaPage page = pages.get(batch.get(i));
            MemorySegment staged = buffers.staged(0, i, largest(pages));
            reads.add(readStored(page, staged.asSlice(0, page.bytes())));
            runs.add(places.get(batch.get(i)).piece().address(), staged.address(), page.bytes());
        }
        StoreThreads.join(reads);
        runs.toDevice(gpu, pinned, streams.in());
        // the next to read a page that way does not ask whether this is done
        streams.awaitIn();
    }

    private void toHost(List<CudaPage> pages) {
        List<OnHost> places = places(pages, page -> new OnHost(pinned.allocate(Purpose.KV, page.bytes())));
        try {
            readInto(pages, places);
            streams.beginOut();
            var runs = new CopyRuns(pinned::chunkOf, memory::chunkOf);
            for (int i = 0; i < pages.size(); i++) {
                if (pages.get(i).place() instanceof OnDevice from) {
                    runs.add(places.get(i).piece().address(), from.piece().address(), pages.get(i).bytes());
                }
            }
            runs.toHost(gpu, pinned, streams.out());
            streams.endOut();
        } catch (RuntimeException e) {
            gpu.release(streams::awaitOut);
            places.forEach(Place::close);
            throw e;
        }
        leave(pages, places);
    }

    private void readInto(List<CudaPage> pages, List<OnHost> places) {
        if (pages.stream().allMatch(page -> page.place() instanceof OnDevice)) {
            return;
        }
        // the places may be those of pages that copies still read or write
        streams.awaitIn();
        streams.awaitOut();
        List<CompletableFuture<Void>> reads = new ArrayList<>();
        for (int i = 0; i < pages.size(); i++) {
            if (pages.get(i).place() instanceof OnDisk) {
                reads.add(readStored(pages.get(i), places.get(i).piece().segment()));
            }
        }
        StoreThreads.join(reads);
    }

    private void toDisk(List<CudaPage> pages) {
        List<Lease> leases = new ArrayList<>();
        List<CompletableFuture<Integer>> writes = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        try {
            pages.forEach(page -> leases.add(memory.account().reserve(Tier.DISK, Purpose.KV, page.bytes())));
            writeAll(pages, writes);
            List<Integer> slots = StoreThreads.join(writes);
            for (int i = 0; i < pages.size(); i++) {
                places.add(onDisk(slots.get(i), leases.get(i)));
            }
        } catch (RuntimeException e) {
            StoreThreads.abandon(writes);
            writes.stream().filter(write -> !write.isCompletedExceptionally())
                    .forEach(write -> storeThreads().store().free(write.join()));
            leases.forEach(Lease::close);
            throw e;
        }
        leave(pages, places);
    }

    /** In the order of the pages, as far as it comes. */
    private void writeAll(List<CudaPage> pages, List<CompletableFuture<Integer>> writes) {
        int most = buffers.pages(largest(pages));
        for (int from = 0; from < pages.size(); from += most) {
            List<CudaPage> batch = pages.subList(from, Math.min(pages.size(), from + most));
            streams.awaitIn();
            streams.beginOut();
            var runs = new CopyRuns(pinned::chunkOf, memory::chunkOf);
            List<MemorySegment> images = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                CudaPage page = batch.get(i);
                switch (page.place()) {
                    case OnDevice(CudaMemory.Piece piece) -> {
                        MemorySegment staged = buffers.staged(0, i, largest(pages)).asSlice(0, page.bytes());
                        images.add(staged);
                        runs.add(staged.address(), piece.address(), page.bytes());
                    }
                    case OnHost(PinnedMemory.Piece piece, _) -> images.add(piece.segment());
                    case OnDisk _ -> throw new IllegalStateException("a page on disk was to be moved there");
                }
            }
            runs.toHost(gpu, pinned, streams.out());
            streams.endOut();
            streams.awaitOut();
            List<CompletableFuture<Integer>> batchWrites = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                batchWrites.add(storeThreads().put(batch.get(i), images.get(i)));
            }
            writes.addAll(batchWrites);
            // the next batch comes by the same buffer
            StoreThreads.join(batchWrites);
        }
    }

    /** A place that a page has in the store already. */
    OnDisk onDisk(int slot, Lease lease) {
        onDisk.incrementAndGet();
        return new OnDisk(storeThreads().store(), slot, lease, () -> {
            onDisk.decrementAndGet();
            idle.run();
        });
    }

    /** Copies the bytes of a page that is not on the device. */
    void read(CudaPage page, MemorySegment target) {
        switch (page.place()) {
            case OnHost(PinnedMemory.Piece piece, _) -> {
                streams.awaitOut();
                target.copyFrom(piece.segment());
            }
            case OnDisk _ -> {
                streams.awaitIn();
                MemorySegment staged = buffers.staged(0, 0, page.bytes());
                StoreThreads.join(List.of(readStored(page, staged)));
                target.copyFrom(staged);
            }
            case OnDevice _ -> throw new IllegalStateException("a page on the device is read by its stream");
        }
    }

    /** Begins to read a page that lies in the store. */
    CompletableFuture<Void> readStored(CudaPage page, MemorySegment target) {
        if (page.place() instanceof OnDisk place) {
            return storeThreads().get(page, place.slot(), target);
        }
        throw new IllegalStateException("a page on " + page.tier() + " was to be read from disk");
    }

    private StoreThreads storeThreads() {
        if (store == null) {
            throw new IllegalStateException("there is no store");
        }
        return store;
    }

    private List<List<Integer>> batches(List<CudaPage> pages, List<Integer> chosen) {
        List<List<Integer>> batches = new ArrayList<>();
        int most = chosen.isEmpty() ? 1 : buffers.pages(largest(pages));
        for (int from = 0; from < chosen.size(); from += most) {
            batches.add(chosen.subList(from, Math.min(chosen.size(), from + most)));
        }
        return batches;
    }

    private static long largest(List<CudaPage> pages) {
        return pages.stream().mapToLong(CudaPage::bytes).max().orElse(1);
    }

    private static <P extends Place> List<P> places(List<CudaPage> pages, Function<CudaPage, P> allocate) {
        List<P> places = new ArrayList<>();
        try {
            pages.forEach(page -> places.add(allocate.apply(page)));
            return places;
        } catch (RuntimeException e) {
            places.forEach(Place::close);
            throw e;
        }
    }

    /** Says of all pages that they lie elsewhere now, and gives back where they were. */
    private void leave(List<CudaPage> pages, List<? extends Place> places) {
        List<CudaMemory.Piece> left = new ArrayList<>();
        List<Place> others = new ArrayList<>();
        for (int i = 0; i < pages.size(); i++) {
            switch (pages.get(i).place()) {
                case OnDevice(CudaMemory.Piece piece) -> left.add(piece);
                case OnHost host -> others.add(host);
                case OnDisk disk -> others.add(disk);
            }
            pages.get(i).moved(places.get(i));
        }
        memory.closeBehindCopies(left, streams.departed());
        others.forEach(Place::close);
    }
}
