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
import io.pinyon.device.cuda.CudaPage.OnHost;
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

    /** Spans of the step. */
    List<KvSpan> spans() {
        return table.spans();
    }

    /** Number of layers. */
    int layers() {
        return states.size();
    }

    /** A layer as an op needs it that attends with this window. */
    FarLayer layer(int index, int window, GroupBuffers buffers, FarWay way) {
        states.get(index).window = OptionalInt.of(window);
        return current(index, buffers, way);
    }

    /** A layer as an op will need it, if it was asked for before. */
    Optional<FarLayer> expected(int index, GroupBuffers buffers, FarWay way) {
        return states.get(index).window.isPresent() ? Optional.of(current(index, buffers, way)) : Optional.empty();
    }

    private FarLayer current(int index, GroupBuffers buffers, FarWay way) {
        State state = states.get(index);
        List<Reach> reaches = reaches(index, state.window.orElse(0));
        int firstBuffer = firstBuffer(index);
        List<Long> key = key(reaches, firstBuffer, way);
        FarLayer known = state.layer;
        if (known != null && key.equals(state.key)) {
            return known;
        }
        FarLayer built = build(index, spans(index, reaches, way), firstBuffer, buffers);
        state.layer = built;
        state.key = key;
        return built;
    }

    /** Behind the last group of the layer before, so that neither waits for the other's buffer. */
    private int firstBuffer(int index) {
        FarLayer before = index == 0 ? null : states.get(index - 1).layer;
        return before == null ? 0 : before.buffer(before.groups());
    }

    /** Pages from the first that some row sees up to the last with an entry. */
    private record Reach(int firstPage, int pages) {}

    private List<Reach> reaches(int index, int window) {
        List<Reach> reaches = new ArrayList<>();
        for (KvSpan span : table.spans()) {
            int pageTokens = span.views().get(index).layout().pageTokens();
            int first = window == 0 ? 0 : Math.max(0, span.firstPosition() - window + 1);
            reaches.add(new Reach(first / pageTokens,
                    Math.ceilDiv(span.firstPosition() + span.rowCount(), pageTokens)));
        }
        return reaches;
    }

    /** Changes with whatever the rounds depend on. */
    private List<Long> key(List<Reach> reaches, int firstBuffer, FarWay way) {
        List<Long> key = new ArrayList<>();
        key.add((long) firstBuffer);
        key.add(fewRows() ? Double.doubleToLongBits(way.hostRate()) : 0L);
        for (int s = 0; s < reaches.size(); s++) {
            key.add(table.stamp(s));
            key.add((long) reaches.get(s).firstPage());
            key.add((long) reaches.get(s).pages());
        }
        return key;
    }

    private boolean fewRows() {
        return table.rows() <= HostAttention.MAX_ROWS;
    }

    private List<FarSchedule.Span> spans(int index, List<Reach> reaches, FarWay way) {
        List<FarSchedule.Span> spans = new ArrayList<>();
        for (int s = 0; s < reaches.size(); s++) {
            Reach reach = reaches.get(s);
            BitSet far = table.far(s, index);
            int tail = FarSchedule.Span.tail(reach.firstPage(), reach.pages(), far);
            KvView view = table.spans().get(s).views().get(index);
            int from = tail;
            while (fewRows() && from > reach.firstPage() && place(view, from - 1) instanceof OnHost) {
                from--;
            }
            int inPlace = tail - way.inPlace(tail - from, view.layout().pageBytes());
            spans.add(new FarSchedule.Span(reach.firstPage(), reach.pages(), far, inPlace));
        }
        return spans;
    }

    private static CudaPage.Place place(KvView view, int page) {
        return CudaPage.of(view.pages().get(page)).place();
    }

    private List<FarLayer.InPlace> inPlace(int index, List<FarSchedule.Span> spans) {
        List<FarLayer.InPlace> places = new ArrayList<>();
        for (int s = 0; s < spans.size(); s++) {
            FarSchedule.Span span = spans.get(s);
            KvView view = table.spans().get(s).views().get(index);
            if (span.inPlace() < span.tail()) {
                List<KvPage> pages = new ArrayList<>();
                for (int page = 0; page < span.pages(); page++) {
                    int there = Math.clamp(page, span.inPlace(), span.tail() - 1);
                    pages.add(((OnHost) place(view, there)).page());
                }
                int pageTokens = view.layout().pageTokens();
                places.add(new FarLayer.InPlace(s, new KvView(view.layout(), pages), span.inPlace() * pageTokens,
                        span.tail() * pageTokens, (span.tail() - span.inPlace()) * view.layout().pageBytes()));
            }
        }
        return places;
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
        var layer = new FarLayer(this, index, ++versions, schedule, pages, ranges, spans.size(), firstBuffer,
                inPlace(index, spans));
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
        if (bytes > 0) {
            gpu.driver().copyToDeviceAsync(piece.address(), image, gpu.stream());
        }
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
