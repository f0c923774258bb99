/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Supplier;

import io.pinyon.device.cuda.CudaPage.OnDisk;
import io.pinyon.device.cuda.CudaPage.OnHost;
import org.jspecify.annotations.Nullable;

/**
 * Brings groups of pages into the two buffers ahead of the attention that reads them, in the order in which layers and
 * rounds are expected: while attention reads one buffer, the other is filled, also with the first group of the next layer
 * while the one before goes on. Attention that is asked for in another order makes it begin again there. Within
 * {@link Gpu#call}.
 *
 * <p>A buffer is filled when the attention that has read it is done, by an event; a page-locked buffer on the way from disk
 * when the copies out of it are done, for which the caller waits.
 */
final class FarPipeline {
    /** A group on its way. */
    private static final class Group {
        private final FarLayer layer;
        private final int round;
        private final int buffer;
        private final List<CompletableFuture<Void>> reads = new ArrayList<>();
        private boolean copied;

        Group(FarLayer layer, int group) {
            this.layer = layer;
            round = layer.roundOf(group);
            buffer = layer.buffer(group);
        }

        boolean is(FarLayer other, int otherRound) {
            return layer.table().equals(other.table()) && layer.version() == other.version() && round == otherRound;
        }
    }

    private final Gpu gpu;
    private final PinnedMemory pinned;
    private final CopyStreams streams;
    private final GroupBuffers buffers;
    private final @Nullable StoreThreads store;
    private final Supplier<FarWay> way;
    private final Deque<Group> ahead = new ArrayDeque<>();
    private @Nullable FarTable table;
    private int layer;
    private int group;

    FarPipeline(Gpu gpu, PinnedMemory pinned, CopyStreams streams, GroupBuffers buffers,
            @Nullable StoreThreads store, Supplier<FarWay> way) {
        this.gpu = gpu;
        this.pinned = pinned;
        this.streams = streams;
        this.buffers = buffers;
        this.store = store;
        this.way = way;
    }

    /** Begins with the first layer of a table that was just written. */
    void begin(FarTable written) {
        drop();
        table = written;
        layer = 0;
        group = 0;
        fill();
    }

    /** Forgets what is on its way; nobody reads the store afterwards. Copies that were issued are harmless. */
    void drop() {
        table = null;
        ahead.forEach(coming -> StoreThreads.abandon(coming.reads));
        ahead.clear();
    }

    /**
     * Makes ops that are issued from now on wait for the pages of a round.
     *
     * @return the buffer, for {@link #launched}
     * @throws io.pinyon.device.KvPageException if one is lost; nothing is on its way any more
     */
    int await(FarLayer wanted, int round) {
        try {
            if (ahead.isEmpty() || !ahead.getFirst().is(wanted, round)) {
                drop();
                table = wanted.table();
                layer = wanted.index();
                group = wanted.groupOf(round);
                fill();
            }
            Group first = ahead.removeFirst();
            finish(first);
            gpu.driver().waitForEvent(gpu.stream(), buffers.ready(first.buffer));
            return first.buffer;
        } catch (RuntimeException e) {
            drop();
            throw e;
        }
    }

    /** Says that the attention that reads a buffer has been issued; what comes next may follow it there. */
    void launched(int buffer) {
        gpu.driver().recordEvent(buffers.read(buffer), gpu.stream());
        fill();
    }

    /** Begins with as many groups as there are free buffers. */
    private void fill() {
        for (Group coming : ahead) {
            if (!coming.copied && !coming.reads.stream().allMatch(read -> read.state() == Future.State.SUCCESS)) {
                break;
            }
            finish(coming);
        }
        for (Optional<FarLayer> next = next(); next.isPresent(); next = next()) {
            int buffer = next.get().buffer(group);
            if (ahead.stream().anyMatch(coming -> coming.buffer == buffer)) {
                return;
            }
            start(new Group(next.get(), group));
            group++;
        }
    }

    /** The layer of the next group. */
    private Optional<FarLayer> next() {
        FarTable current = table;
        while (current != null && layer < current.layers()) {
            Optional<FarLayer> expected = current.expected(layer, buffers, way.get());
            if (expected.isEmpty() || group < expected.get().groups()) {
                return expected;
            }
            layer++;
            group = 0;
        }
        return Optional.empty();
    }

    private void start(Group coming) {
        ahead.addLast(coming);
        List<CudaPage> pages = coming.layer.pages().get(coming.round);
        boolean waited = false;
        for (int i = 0; i < pages.size(); i++) {
            CudaPage page = pages.get(i);
            if (page.place() instanceof OnDisk(_, int slot, _, _) && store != null) {
                if (!waited) {
                    gpu.driver().synchronizeEvent(buffers.ready(coming.buffer));
                    waited = true;
                }
                coming.reads.add(store.get(page, slot, buffers.staged(coming.buffer, i, page.bytes())));
            }
        }
        if (coming.reads.isEmpty()) {
            copy(coming);
        }
    }

    private void finish(Group coming) {
        if (!coming.copied) {
            StoreThreads.join(coming.reads);
            copy(coming);
        }
    }

    private void copy(Group coming) {
        gpu.driver().waitForEvent(streams.in(), buffers.read(coming.buffer));
        gpu.driver().waitForEvent(streams.in(), streams.departed());
        // a buffer is one piece
        var runs = new CopyRuns(_ -> 0, pinned::chunkOf);
        List<CudaPage> pages = coming.layer.pages().get(coming.round);
        for (int i = 0; i < pages.size(); i++) {
            CudaPage page = pages.get(i);
            long source = page.place() instanceof OnHost(PinnedMemory.Piece piece, _)
                    ? piece.address()
                    : buffers.staged(coming.buffer, i, page.bytes()).address();
            runs.add(buffers.address(coming.buffer, i, page.bytes()), source, page.bytes());
        }
        runs.toDevice(gpu, pinned, streams.in());
        gpu.driver().recordEvent(buffers.ready(coming.buffer), streams.in());
        coming.copied = true;
    }
}
