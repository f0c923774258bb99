/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvTiers;
import io.pinyon.device.PageStore;
import io.pinyon.error.DeviceException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Lease;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.jspecify.annotations.Nullable;

/** The tiers of a device's pages: closed until {@link #open}, and then all that moves and reads pages elsewhere. */
final class CudaTiers implements AutoCloseable {
    private static final long MEASURED_BYTES = 32L << 20;
    /** The host's rate of attention as a part of the copies' until it is known. */
    private static final double HOST_GUESS = 0.25;

    private final Gpu gpu;
    private final CudaMemory memory;
    private final String id;
    private @Nullable Opened opened;
    private FarWay way = new FarWay(FarAttention.FETCH, 1, 1);
    private FarWay observed = way;
    private volatile long moves;

    /** What is there once they are open. */
    private record Opened(PinnedMemory pinned, CopyStreams streams, GroupBuffers buffers, Optional<StoreThreads> store,
            FarPipeline pipeline, PageMover mover, Optional<HostAttention> host) {}

    CudaTiers(Gpu gpu, CudaMemory memory, String id) {
        this.gpu = gpu;
        this.memory = memory;
        this.id = id;
    }

    /** Allocates buffers, streams and threads. */
    void open(KvTiers tiers) {
        if (opened != null) {
            throw new UsageException("PIN-KV-TIERS", "the tiers of " + id + " are open already", "open them once");
        }
        if (tiers.groupBytes() < 1) {
            throw new UsageException("PIN-KV-TIERS", "groups of " + tiers.groupBytes() + " bytes",
                    "a group is at least one page");
        }
        var streams = new CopyStreams(gpu);
        var pinned = new PinnedMemory(gpu, memory.account(), () -> {
            streams.awaitIn();
            streams.awaitOut();
        });
        try {
            var buffers = new GroupBuffers(memory, pinned, streams, GroupBuffers.stride(tiers.groupBytes()),
                    tiers.store().isPresent());
            Optional<HostAttention> host = host(tiers.far(), pinned, streams);
            way = host.isPresent() ? way(tiers.far(), pinned, streams, buffers) : way;
            observed = way;
            Optional<StoreThreads> store = tiers.store().map(StoreThreads::new);
            var pipeline = new FarPipeline(gpu, pinned, streams, buffers, store.orElse(null), () -> way);
            var mover = new PageMover(gpu, memory, pinned, streams, buffers, store.orElse(null), pipeline::drop);
            opened = new Opened(pinned, streams, buffers, store, pipeline, mover, host);
        } catch (RuntimeException e) {
            pinned.close();
            streams.close();
            throw e;
        }
    }

    private Optional<HostAttention> host(FarAttention far, PinnedMemory pinned, CopyStreams streams) {
        if (far == FarAttention.FETCH) {
            return Optional.empty();
        }
        try {
            return Optional.of(new HostAttention(gpu, pinned, streams));
        } catch (DeviceException e) {
            if (far == FarAttention.AUTO) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Measures what a copy to the device takes. */
    private FarWay way(FarAttention far, PinnedMemory pinned, CopyStreams streams, GroupBuffers buffers) {
        long bytes = Math.min(buffers.bytes(), MEASURED_BYTES);
        PinnedMemory.Piece source = pinned.allocate(Purpose.STAGING, bytes);
        try {
            double seconds = 0;
            // the first copy of a process takes longer
            for (int i = 0; i < 2; i++) {
                long start = System.nanoTime();
                gpu.driver().copyToDeviceAsync(buffers.address(0, 0, 1), source.segment(), streams.in());
                streams.awaitIn();
                seconds = (System.nanoTime() - start) * 1e-9;
            }
            double rate = bytes / Math.max(seconds, 1e-9);
            return new FarWay(far, rate, rate * HOST_GUESS);
        } finally {
            source.ownership().close();
        }
    }

    /** Moves that were made; what was said of pages before the last one no longer holds. */
    long moves() {
        return moves;
    }

    /** Moves pages, all or none of them. */
    void move(List<CudaPage> pages, Tier target) {
        if (target == Tier.DEVICE && opened == null) {
            return;
        }
        Opened open = require(target);
        Set<CudaPage> distinct = new LinkedHashSet<>(pages);
        distinct.removeIf(page -> page.tier() == target);
        distinct.forEach(page -> requireSize(open, page.bytes(), target));
        if (!distinct.isEmpty()) {
            open.pipeline().drop();
            open.mover().move(List.copyOf(distinct), target);
            long stamp = moves + 1;
            distinct.forEach(page -> page.movedAt(stamp));
            moves = stamp;
        }
    }

    private Opened require(Tier target) {
        Opened open = opened;
        if (open == null || target == Tier.MAPPED || (target == Tier.DISK && open.store().isEmpty())) {
            throw new UsageException("PIN-KV-TIERS", "the tier " + target + " of " + id + " is not open",
                    "open it first");
        }
        return open;
    }

    private static void requireSize(Opened open, long bytes, Tier target) {
        if (open.buffers().pages(bytes) == 0) {
            throw new UsageException("PIN-KV-TIERS", "a page of " + Bytes.format(bytes)
                    + " does not fit into a group of " + Bytes.format(open.buffers().bytes()),
                    "open the tiers with larger groups");
        }
        long slot = open.store().map(store -> store.store().slotBytes()).orElse(0L);
        if (target == Tier.DISK && bytes > slot) {
            throw new UsageException("PIN-KV-TIERS", "a page of " + Bytes.format(bytes)
                    + " does not fit into a slot of " + Bytes.format(slot), "open a store with larger slots");
        }
    }

    /** A page that is in the store already. */
    CudaPage openPage(PageStore.Stored stored) {
        Opened open = require(Tier.DISK);
        requireSize(open, stored.bytes(), Tier.DISK);
        Lease lease = memory.account().reserve(Tier.DISK, Purpose.KV, stored.bytes());
        var page = new CudaPage(this, open.mover().onDisk(stored.slot(), lease), stored.bytes());
        byte[] label = new byte[stored.label().remaining()];
        stored.label().duplicate().get(label);
        page.label(label);
        return page;
    }

    /** Copies the bytes of a page that lies elsewhere. */
    void read(CudaPage page, MemorySegment target) {
        Opened open = require(page.tier());
        open.pipeline().drop();
        open.mover().read(page, target);
    }

    /** Begins to bring the pages of a table that was just written. */
    void written(FarTable table) {
        Opened open = require(Tier.HOST);
        observed = open.host().map(host -> host.measured(observed)).orElse(observed);
        if (observed.differs(way)) {
            way = observed;
        }
        open.pipeline().begin(table);
    }

    /** Forgets a table. */
    void forget() {
        Opened open = opened;
        if (open != null) {
            open.pipeline().drop();
        }
    }

    /** Attention over a layer with pages elsewhere, round by round. */
    void attention(RoundKernel kernel, CudaTensor queries, FarTable table, CudaKvTable.CudaLayer layer,
            AttentionSpec spec, CudaTensor out) {
        Opened open = require(Tier.HOST);
        FarLayer far = table.layer(layer.index(), spec.window(), open.buffers(), way);
        Optional<HostAttention> host = far.inPlace().isEmpty() ? Optional.empty() : open.host();
        long sums = memory.buffer(Scratch.Use.ROUNDS, FarStaging.stateBytes(layer.rows(), spec));
        long states = sums + FarStaging.sumBytes(layer.rows(), spec);
        host.ifPresent(asked -> asked.ask(queries, spec));
        for (int i = 0; i < far.rounds(); i++) {
            boolean last = host.isEmpty() && i == far.rounds() - 1;
            var round = new AttentionKernels.Round(far.ranges(i), i == 0, last, sums, states);
            if (far.groupOf(i) < 0) {
                kernel.attention(queries, layer, spec, round, out);
            } else {
                int buffer = open.pipeline().await(far, i);
                kernel.attention(queries, layer, spec, round, out);
                open.pipeline().launched(buffer);
            }
        }
        host.ifPresent(asked -> asked.answer(far, table.spans(), out, spec, far.rounds() > 0, sums, states));
    }

    /** Pieces of device memory that are the tiers' own. */
    int devicePieces() {
        Opened open = opened;
        return open == null ? 0 : open.buffers().devicePieces();
    }

    /** Pages that lie elsewhere. */
    int livePages() {
        Opened open = opened;
        if (open == null) {
            return 0;
        }
        int own = open.buffers().hostPieces() + open.host().map(HostAttention::pieces).orElse(0);
        return open.pinned().live() - own + open.mover().onDisk();
    }

    @Override
    public void close() {
        Opened open = opened;
        if (open != null) {
            opened = null;
            open.pipeline().drop();
            open.store().ifPresent(StoreThreads::close);
            gpu.release(() -> {
                open.streams().awaitIn();
                open.streams().awaitOut();
            });
            open.host().ifPresent(HostAttention::close);
            open.buffers().close();
            open.pinned().close();
            open.streams().close();
        }
    }
}
