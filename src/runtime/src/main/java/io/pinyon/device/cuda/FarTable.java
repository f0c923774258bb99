/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvView;
import io.pinyon.device.cuda.CudaPage.OnDevice;
import io.pinyon.memory.Purpose;
import org.jspecify.annotations.Nullable;

/**
 * What a table with far pages needs more than others: for each layer its rounds. They depend on the window, which only the
 * op knows; it is remembered, so that from the second step on the pages of a layer can be brought before it is asked for.
 * Within {@link Gpu#call}.
 */
final class FarTable implements AutoCloseable {
    private final Gpu gpu;
    private final CudaMemory memory;
    private final PinnedRing ring;
    private final DeviceKvTable table;
    private final List<State> states = new ArrayList<>();
    private long versions;

    /** What is known of a layer. */
    private static final class State {
        private OptionalInt window = OptionalInt.empty();
        private List<Long> key = List.of();
        private @Nullable FarLayer layer;
        private CudaMemory.@Nullable Piece ranges;
    }

    FarTable(Gpu gpu, CudaMemory memory, PinnedRing ring, DeviceKvTable table) {
        this.gpu = gpu;
        this.memory = memory;
        this.ring = ring;
        this.table = table;
        for (int i = 0; i < table.layers(); i++) {
            states.add(new State());
        }
    }

    /** Number of layers. */
    int layers() {
        return states.size();
    }

    /** A layer as an op needs it that attends with this window. */
    FarLayer layer(int index, int window, GroupBuffers buffers) {
        states.get(index).window = OptionalInt.of(window);
        return current(index, buffers);
    }

    /** A layer as an op will need it, if it was asked for before. */
    Optional<FarLayer> expected(int index, GroupBuffers buffers) {
        return states.get(index).window.isPresent() ? Optional.of(current(index, buffers)) : Optional.empty();
    }

    private FarLayer current(int index, GroupBuffers buffers) {
        State state = states.get(index);
        List<FarSchedule.Span> spans = spans(index, state.window.orElse(0));
        int firstBuffer = firstBuffer(index);
        List<Long> key = key(spans, firstBuffer);
        FarLayer known = state.layer;
        if (known != null && key.equals(state.key)) {
            return known;
        }
        FarLayer built = build(index, spans, firstBuffer, buffers);
        state.layer = built;
        state.key = key;
        return built;
    }

    /** Behind the last group of the layer before, so that neither waits for the other's buffer. */
    private int firstBuffer(int index) {
        FarLayer before = index == 0 ? null : states.get(index - 1).layer;
        return before == null ? 0 : before.buffer(before.groups());
    }

    /** Changes with whatever the rounds depend on. */
    private List<Long> key(List<FarSchedule.Span> spans, int firstBuffer) {
        List<Long> key = new ArrayList<>();
        key.add((long) firstBuffer);
        for (int s = 0; s < spans.size(); s++) {
            key.add(table.stamp(s));
            key.add((long) spans.get(s).firstPage());
            key.add((long) spans.get(s).pages());
        }
        return key;
    }

    private List<FarSchedule.Span> spans(int index, int window) {
        List<FarSchedule.Span> spans = new ArrayList<>();
        for (int s = 0; s < table.spans().size(); s++) {
            KvSpan span = table.spans().get(s);
            int pageTokens = span.views().get(index).layout().pageTokens();
            int first = window == 0 ? 0 : Math.max(0, span.firstPosition() - window + 1);
            spans.add(new FarSchedule.Span(first / pageTokens,
                    Math.ceilDiv(span.firstPosition() + span.rowCount(), pageTokens), table.far(s, index)));
        }
        return spans;
    }

    /** Pages of a view that are not in device memory. */
    static BitSet far(KvView view) {
        var far = new BitSet();
        for (int i = 0; i < view.pages().size(); i++) {
            far.set(i, !(CudaPage.of(view.pages().get(i)).place() instanceof OnDevice));
        }
        return far;
    }

    private FarLayer build(int index, List<FarSchedule.Span> spans, int firstBuffer, GroupBuffers buffers) {
        KvView any = table.spans().getFirst().views().get(index);
        long pageBytes = any.layout().pageBytes();
        FarSchedule schedule = FarSchedule.of(spans, any.layout().pageTokens(), buffers.pages(pageBytes));
        long ranges = writeRanges(states.get(index), schedule, spans.size());
        List<List<CudaPage>> pages = schedule.rounds().stream()
                .map(round -> round.far().stream().map(far -> page(index, far)).toList()).toList();
        var layer = new FarLayer(this, index, ++versions, schedule, pages, ranges, spans.size(), firstBuffer);
        for (int s = 0; s < spans.size(); s++) {
            if (!spans.get(s).far().isEmpty()) {
                writeList(layer, s, pageBytes, buffers);
            }
        }
        return layer;
    }

    private CudaPage page(int index, FarSchedule.FarPage far) {
        return CudaPage.of(table.spans().get(far.span()).views().get(index).pages().get(far.page()));
    }

    private long writeRanges(State state, FarSchedule schedule, int spans) {
        long bytes = FarLayer.rangeBytes(schedule.rounds().size(), spans);
        CudaMemory.Piece piece = state.ranges;
        if (piece == null || piece.bytes() < bytes) {
            CudaMemory.Piece larger = memory.allocate(Purpose.ACTIVATIONS, DeviceHeap.rounded(2 * bytes));
            if (piece != null) {
                piece.ownership().close();
            }
            state.ranges = larger;
            piece = larger;
        }
        MemorySegment image = ring.place(bytes);
        int i = 0;
        for (FarSchedule.Round round : schedule.rounds()) {
            for (FarSchedule.Range range : round.ranges()) {
                image.setAtIndex(ValueLayout.JAVA_INT, i++, range.from());
                image.setAtIndex(ValueLayout.JAVA_INT, i++, range.to());
            }
        }
        gpu.driver().copyToDeviceAsync(piece.address(), image, gpu.stream());
        return piece.address();
    }

    /** The list of a sequence's pages: where they are, or where they are when their round comes. */
    private void writeList(FarLayer layer, int span, long pageBytes, GroupBuffers buffers) {
        List<KvPage> pages = table.spans().get(span).views().get(layer.index()).pages();
        MemorySegment image = ring.place(8L * pages.size());
        for (int i = 0; i < pages.size(); i++) {
            // kernels may look up pages beside their range, but read none of those
            long address = CudaPage.of(pages.get(i)).place() instanceof OnDevice(CudaMemory.Piece piece)
                    ? piece.address()
                    : buffers.address(0, 0, pageBytes);
            image.setAtIndex(ValueLayout.JAVA_LONG, i, address);
        }
        for (int group = 0; group < layer.groups(); group++) {
            for (FarSchedule.FarPage far : layer.schedule().rounds().get(layer.roundOf(group)).far()) {
                if (far.span() == span) {
                    image.setAtIndex(ValueLayout.JAVA_LONG, far.page(),
                            buffers.address(layer.buffer(group), far.place(), pageBytes));
                }
            }
        }
        gpu.driver().copyToDeviceAsync(table.list(span, layer.index()), image, gpu.stream());
    }

    @Override
    public void close() {
        for (State state : states) {
            CudaMemory.Piece piece = state.ranges;
            if (piece != null) {
                piece.ownership().close();
                state.ranges = null;
            }
            state.layer = null;
            state.key = List.of();
        }
    }
}
