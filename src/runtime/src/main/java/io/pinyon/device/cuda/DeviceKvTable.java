/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.support.KvShapes;
import io.pinyon.error.EngineException;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/**
 * Block tables with one copy to the device for what changes in every step, and one for each sequence whose pages have
 * changed since it was written last.
 */
final class DeviceKvTable implements CudaKvTable {
    private static final int INT4 = 16;
    private static final int FIRST_PAGES = 64;

    private final Gpu gpu;
    private final CudaMemory memory;
    private final PinnedRing ring;
    private final int layers;
    private final int maxRows;
    private final CudaMemory.Piece steps;
    private final CudaMemory.Piece lists;
    private final List<Slot> slots = new ArrayList<>();
    private final CudaTiers tiers;
    private final FarTable farTable;
    private long stamps;
    private long moves;
    private List<KvSpan> spans = List.of();
    private int rows;
    private int tiles;
    private int longest;
    private int entries;

    /** The page lists of one sequence: for each layer {@code pages} addresses. */
    private static final class Slot {
        private CudaMemory.Piece piece;
        private int pages;
        private List<KvView> views = List.of();
        private List<BitSet> far = List.of();
        private boolean local = true;
        private long moves;
        private long stamp;

        Slot(CudaMemory.Piece piece, int pages) {
            this.piece = piece;
            this.pages = pages;
        }
    }

    DeviceKvTable(Gpu gpu, CudaMemory memory, PinnedRing ring, CudaTiers tiers, int layers, int maxRows) {
        this.gpu = gpu;
        this.memory = memory;
        this.ring = ring;
        this.tiers = tiers;
        this.layers = layers;
        this.maxRows = maxRows;
        steps = memory.allocateZeros(Purpose.ACTIVATIONS, stepBytes(maxRows));
        try {
            lists = memory.allocateZeros(Purpose.ACTIVATIONS, listBytes(layers, maxRows));
        } catch (RuntimeException e) {
            steps.ownership().close();
            throw e;
        }
        farTable = new FarTable(gpu, memory, ring, this);
    }

    /** The table as one of this package; refuses tables of other kinds of devices and closed ones. */
    static DeviceKvTable of(KvTable table) {
        if (table instanceof DeviceKvTable cuda) {
            cuda.steps.ownership().requireOpen(cuda);
            return cuda;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + table.getClass().getSimpleName() + " was given to a cuda device",
                "allocate tables on the device that uses them");
    }

    /** A layer of such a table. */
    static CudaLayer layerOf(Layer layer) {
        if (layer instanceof TableLayer cuda) {
            if (cuda.table().spans.isEmpty()) {
                throw KvShapes.unwritten(cuda);
            }
            cuda.table().requireCurrent();
            return cuda;
        }
        throw new EngineException("PIN-OP-DEVICE",
                "a " + layer.getClass().getSimpleName() + " was given to a cuda device",
                "allocate tables on the device that uses them");
    }

    /** Refuses to use what was written before pages of it have moved. */
    private void requireCurrent() {
        long now = tiers.moves();
        if (moves == now) {
            return;
        }
        for (KvSpan span : spans) {
            for (KvView view : span.views()) {
                for (KvPage page : view.pages()) {
                    if (CudaPage.of(page).movedAt() > moves) {
                        throw new EngineException("PIN-OP-TIER", "pages have moved since " + this + " was written",
                                "write the table again");
                    }
                }
            }
        }
        moves = now;
    }

    /** Bytes of a table at its peak, with the page lists of one sequence. */
    static long bytes(int layers, int maxRows, int pages) {
        return stepBytes(maxRows) + listBytes(layers, maxRows) + listBytes(layers, slotPages(pages));
    }

    private static long stepBytes(int maxRows) {
        return tilesOffset(maxRows) + (long) INT4 * maxRows;
    }

    private static long listBytes(int layers, int entries) {
        return 8L * layers * entries;
    }

    private static int slotPages(int pages) {
        return Math.max(FIRST_PAGES, Integer.highestOneBit(Math.max(1, pages - 1)) * 2);
    }

    private long positionsOffset() {
        return 4L * maxRows;
    }

    private static long spansOffset(int maxRows) {
        return Math.ceilDiv(8L * maxRows, INT4) * INT4;
    }

    private static long tilesOffset(int maxRows) {
        return spansOffset(maxRows) + (long) INT4 * maxRows;
    }

    /** Refuses closed and foreign pages among those that are not known yet. */
    void requireOpenPages(List<KvSpan> given) {
        for (int s = 0; s < given.size(); s++) {
            if (s >= slots.size() || stale(slots.get(s), given.get(s).views())) {
                given.get(s).views().forEach(view -> view.pages().forEach(CudaPage::of));
            }
        }
    }

    /** The spans that were written last. */
    List<KvSpan> written() {
        return spans;
    }

    /** Copies checked spans to the device; within {@link Gpu#call}. */
    void write(int stepRows, List<KvSpan> checked) {
        writeLists(checked);
        spans = List.copyOf(checked);
        rows = stepRows;
        MemorySegment image = ring.place(stepBytes(maxRows));
        writeRows(image);
        writeTiles(image);
        gpu.driver().copyToDeviceAsync(steps.address(), image, gpu.stream());
        moves = tiers.moves();
        if (!local()) {
            tiers.written(farTable);
        }
    }

    private void writeRows(MemorySegment image) {
        longest = 0;
        entries = 0;
        for (int row = 0; row < rows; row++) {
            image.setAtIndex(ValueLayout.JAVA_INT, row, -1);
            image.setAtIndex(ValueLayout.JAVA_INT, maxRows + row, 0);
        }
        for (int s = 0; s < spans.size(); s++) {
            KvSpan span = spans.get(s);
            longest = Math.max(longest, span.rowCount());
            entries = Math.max(entries, span.firstPosition() + span.rowCount());
            for (int i = 0; i < span.rowCount(); i++) {
                image.setAtIndex(ValueLayout.JAVA_INT, span.firstRow() + i, s);
                image.setAtIndex(ValueLayout.JAVA_INT, maxRows + span.firstRow() + i, span.firstPosition() + i);
            }
            writeInt4(image, spansOffset(maxRows) + (long) INT4 * s, span.firstRow(), span.rowCount(),
                    span.firstPosition(),
                    0);
        }
    }

    /** Late positions first: they take longest, so that the short ones fill the gaps at the end. */
    private void writeTiles(MemorySegment image) {
        tiles = 0;
        for (int s = 0; s < spans.size(); s++) {
            KvSpan span = spans.get(s);
            for (int from = (span.rowCount() - 1) / TILE_ROWS * TILE_ROWS; from >= 0; from -= TILE_ROWS) {
                writeInt4(image, tilesOffset(maxRows) + (long) INT4 * tiles, s, span.firstRow() + from,
                        Math.min(TILE_ROWS, span.rowCount() - from), span.firstPosition() + from);
                tiles++;
            }
        }
    }

    private static void writeInt4(MemorySegment image, long offset, int x, int y, int z, int w) {
        image.set(ValueLayout.JAVA_INT, offset, x);
        image.set(ValueLayout.JAVA_INT, offset + 4, y);
        image.set(ValueLayout.JAVA_INT, offset + 8, z);
        image.set(ValueLayout.JAVA_INT, offset + 12, w);
    }

    private void writeLists(List<KvSpan> written) {
        for (int s = 0; s < written.size(); s++) {
            List<KvView> views = written.get(s).views();
            if (s == slots.size() || stale(slots.get(s), views)) {
                int pages = views.stream().mapToInt(view -> view.pages().size()).max().orElse(0);
                writeList(slot(s, pages), views);
            }
        }
    }

    private boolean stale(Slot slot, List<KvView> views) {
        return slot.moves != tiers.moves() || !same(slot.views, views);
    }

    /** A cache makes a new view whenever its pages change; where they lie, only the tiers know. */
    @SuppressWarnings("ReferenceEquality") // comparing page by page would cost more than it saves
    private static boolean same(List<KvView> known, List<KvView> views) {
        if (known.size() != views.size()) {
            return false;
        }
        for (int i = 0; i < known.size(); i++) {
            if (known.get(i) != views.get(i)) {
                return false;
            }
        }
        return true;
    }

    private Slot slot(int index, int pages) {
        if (index < slots.size() && slots.get(index).pages >= pages) {
            return slots.get(index);
        }
        int capacity = slotPages(pages);
        CudaMemory.Piece piece = memory.allocate(Purpose.ACTIVATIONS, listBytes(layers, capacity));
        if (index == slots.size()) {
            slots.add(new Slot(piece, capacity));
        } else {
            slots.get(index).piece.ownership().close();
            slots.set(index, new Slot(piece, capacity));
        }
        writeSlotAddresses(index);
        return slots.get(index);
    }

    /** Layer by layer, because the lists of a layer lie together for the kernels. */
    private void writeSlotAddresses(int index) {
        Slot slot = slots.get(index);
        for (int layer = 0; layer < layers; layer++) {
            MemorySegment place = ring.place(8);
            place.set(ValueLayout.JAVA_LONG, 0, slot.piece.address() + 8L * slot.pages * layer);
            gpu.driver().copyToDeviceAsync(lists.address() + 8L * ((long) layer * maxRows + index), place,
                    gpu.stream());
        }
    }

    private void writeList(Slot slot, List<KvView> views) {
        slot.far = views.stream().map(FarTable::far).toList();
        slot.local = slot.far.stream().allMatch(BitSet::isEmpty);
        slot.moves = tiers.moves();
        slot.stamp = ++stamps;
        for (int layer = 0; layer < layers; layer++) {
            List<KvPage> pages = views.get(layer).pages();
            if (!pages.isEmpty()) {
                MemorySegment place = ring.place(8L * pages.size());
                for (int i = 0; i < pages.size(); i++) {
                    // the rounds of a layer say where pages are that lie elsewhere
                    long address = slot.far.get(layer).get(i) ? 0 : CudaPage.of(pages.get(i)).address();
                    place.setAtIndex(ValueLayout.JAVA_LONG, i, address);
                }
                gpu.driver().copyToDeviceAsync(slot.piece.address() + 8L * slot.pages * layer, place, gpu.stream());
            }
        }
        slot.views = List.copyOf(views);
    }

    @Override
    public int layers() {
        return layers;
    }

    @Override
    public int maxRows() {
        return maxRows;
    }

    @Override
    public Layer layer(int index) {
        if (index < 0 || index >= layers) {
            throw new EngineException("PIN-OP-SHAPE", "layer " + index + " of " + this, "stay within the table");
        }
        return new TableLayer(index);
    }

    @Override
    public boolean local() {
        return slots.subList(0, spans.size()).stream().allMatch(slot -> slot.local);
    }

    /** Spans that were written last. */
    List<KvSpan> spans() {
        return spans;
    }

    /** Rows of the step that was written last. */
    int rows() {
        return rows;
    }

    /** Pages of a span that are not in device memory. */
    BitSet far(int span, int layer) {
        return slots.get(span).far.get(layer);
    }

    /** Changes whenever the page lists of a span are written. */
    long stamp(int span) {
        return slots.get(span).stamp;
    }

    /** Device address of the list of a span's pages. */
    long list(int span, int layer) {
        return slots.get(span).piece.address() + 8L * slots.get(span).pages * layer;
    }

    @Override
    public void close() {
        if (steps.ownership().isOpen()) {
            gpu.release(tiers::forget);
        }
        farTable.close();
        slots.forEach(slot -> slot.piece.ownership().close());
        slots.clear();
        lists.ownership().close();
        steps.ownership().close();
    }

    @Override
    public String toString() {
        return "a KV table of " + layers + " layers";
    }

    /** A layer of what was written last. */
    private final class TableLayer implements CudaLayer {
        private final int index;

        TableLayer(int index) {
            this.index = index;
        }

        @Override
        public int index() {
            return index;
        }

        @Override
        public DeviceKvTable table() {
            return DeviceKvTable.of(DeviceKvTable.this);
        }

        @Override
        public String toString() {
            return "layer " + index + " of " + DeviceKvTable.this;
        }

        @Override
        public KvLayout layout() {
            return spans.getFirst().views().get(index).layout();
        }

        @Override
        public boolean local() {
            for (int s = 0; s < spans.size(); s++) {
                if (!far(s, index).isEmpty()) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public void requireLocal(String op) {
            if (!local()) {
                throw CudaPage.away(op, Tier.HOST);
            }
        }

        @Override
        public void requireWritable(String op) {
            int pageTokens = layout().pageTokens();
            for (int s = 0; s < spans.size(); s++) {
                KvSpan span = spans.get(s);
                int away = far(s, index).nextSetBit(span.firstPosition() / pageTokens);
                if (away >= 0 && away <= (span.firstPosition() + span.rowCount() - 1) / pageTokens) {
                    throw CudaPage.away(op, span.views().get(index).pages().get(away).tier());
                }
            }
        }

        @Override
        public void attendFar(RoundKernel kernel, CudaTensor queries, AttentionSpec spec, CudaTensor out) {
            if (memory.isRecording()) {
                throw new EngineException("PIN-OP-RECORDING", "attention to pages outside of the device",
                        "record only what uses a local table");
            }
            tiers.attention(kernel, queries, farTable, this, spec, out);
        }

        @Override
        public int rows() {
            return rows;
        }

        @Override
        public int longestSpan() {
            return longest;
        }

        @Override
        public int entries() {
            return entries;
        }

        @Override
        public int tileCount() {
            return tiles;
        }

        @Override
        public long rowSpan() {
            return steps.address();
        }

        @Override
        public long rowPosition() {
            return steps.address() + positionsOffset();
        }

        @Override
        public long spans() {
            return steps.address() + spansOffset(maxRows);
        }

        @Override
        public long pageLists() {
            return lists.address() + 8L * index * maxRows;
        }

        @Override
        public long tiles() {
            return steps.address() + tilesOffset(maxRows);
        }
    }
}
