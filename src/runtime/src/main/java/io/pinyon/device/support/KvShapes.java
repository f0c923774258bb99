/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.support;

import java.lang.foreign.MemorySegment;
import java.util.List;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Tensor;
import io.pinyon.error.EngineException;

/**
 * What every device checks before a table is written and before an op on cached keys and values runs, as {@link Shapes}
 * does for the others.
 *
 * <p>All throw {@link EngineException}: {@code PIN-OP-SHAPE} for shapes that do not match, {@code PIN-OP-SPAN} for rows,
 * entries or layers that are not there.
 */
public final class KvShapes {
    private KvShapes() {}

    /**
     * Checks {@link io.pinyon.device.Device#write(KvTable, int, List)}. Whether pages are open and of the right device
     * only the device can tell.
     */
    public static void write(KvTable table, int rows, List<KvSpan> spans) {
        write(table, rows, spans, List.of());
    }

    /**
     * As {@link #write(KvTable, int, List)}, but pages of views that were checked before are not looked at again.
     *
     * @param before spans that the table was written with last; empty for none
     */
    public static void write(KvTable table, int rows, List<KvSpan> spans, List<KvSpan> before) {
        Shapes.require(rows >= 1 && rows <= table.maxRows(), "write", "a step of rows", rows, "a table of rows",
                table.maxRows(), "allocate a table for as many rows");
        if (spans.isEmpty()) {
            throw new EngineException("PIN-OP-SPAN", "write: a table of no spans", "give at least one");
        }
        boolean[] taken = new boolean[rows];
        for (int s = 0; s < spans.size(); s++) {
            KvSpan span = spans.get(s);
            rows(span, taken);
            if (span.views().size() != table.layers()) {
                throw new EngineException("PIN-OP-SPAN", "write: a span of " + span.views().size()
                        + " views for a table of " + table.layers() + " layers", "give one view for each layer");
            }
            for (int layer = 0; layer < table.layers(); layer++) {
                entries(span, layer, spans.getFirst().views().get(layer).layout());
                if (!known(before, s, layer, span.views().get(layer))) {
                    pages(span.views().get(layer));
                }
            }
        }
    }

    /**
     * Whether spans have this very view at a place; a cache makes a new one whenever its pages change.
     *
     * @param spans what a table was written with
     * @param span index of the span
     * @param layer index of the view in it
     */
    @SuppressWarnings("ReferenceEquality") // comparing page by page would cost more than it saves
    public static boolean known(List<KvSpan> spans, int span, int layer, KvView view) {
        return span < spans.size() && layer < spans.get(span).views().size()
                && spans.get(span).views().get(layer) == view;
    }

    /** Checks {@link io.pinyon.device.Device#copyPage}. */
    public static void copy(KvPage source, KvPage target) {
        Shapes.require(source.bytes() == target.bytes(), "copyPage", "a page of bytes", source.bytes(),
                "a page of bytes", target.bytes(), "copy between pages of one layout");
        if (source.equals(target)) {
            throw new EngineException("PIN-OP-SHAPE", "copyPage: a page onto itself", "give two pages");
        }
    }

    /** Checks {@link io.pinyon.device.Device#read(KvPage, MemorySegment)} and its counterpart. */
    public static void image(String op, KvPage page, MemorySegment image) {
        Shapes.require(page.bytes() == image.byteSize(), op, "a page of bytes", page.bytes(), "memory of bytes",
                image.byteSize(), "give as many bytes as the page has");
    }

    private static void rows(KvSpan span, boolean[] taken) {
        if (span.rowCount() < 1 || span.firstRow() < 0 || span.firstRow() > taken.length - span.rowCount()) {
            throw new EngineException("PIN-OP-SPAN",
                    "write: a span of " + span.rowCount() + " rows from row " + span.firstRow() + " of "
                            + taken.length,
                    "a span is one or more rows of the step");
        }
        for (int row = span.firstRow(); row < span.firstRow() + span.rowCount(); row++) {
            if (taken[row]) {
                throw new EngineException("PIN-OP-SPAN", "write: row " + row + " belongs to two spans",
                        "every row belongs to at most one");
            }
            taken[row] = true;
        }
    }

    private static void entries(KvSpan span, int layer, KvLayout expected) {
        KvView view = span.views().get(layer);
        Shapes.require(view.layout().equals(expected), "write", "layout", view.layout(),
                "another span's in layer " + layer, expected, "all spans of a step need the same layout in a layer");
        if (span.firstPosition() < 0 || span.firstPosition() > view.capacity() - span.rowCount()) {
            throw new EngineException("PIN-OP-SPAN",
                    "write: a span of " + span.rowCount() + " tokens from position " + span.firstPosition()
                            + " on, but there are pages for " + view.capacity(),
                    "reserve room in the KV cache first");
        }
    }

    private static void pages(KvView view) {
        long expected = view.layout().pageBytes();
        for (KvPage page : view.pages()) {
            if (page.bytes() != expected) {
                Shapes.require(false, "write", "page of bytes", page.bytes(), "layout of page bytes", expected,
                        "allocate pages by the same layout");
            }
        }
    }

    /**
     * Checks {@link io.pinyon.device.Ops#storeKv}.
     *
     * @param rows rows of the step that the table was written for
     * @param layout layout of the layer
     */
    public static void storeKv(Tensor keys, Tensor values, int rows, KvLayout layout) {
        rows("storeKv", "keys", keys, rows);
        rows("storeKv", "values", values, rows);
        Shapes.require(keys.cols() == layout.kvHeads() * layout.keyDim(), "storeKv", "keys", keys, "layout", layout,
                "keys needs kvHeads * keyDim columns");
        Shapes.require(values.cols() == layout.kvHeads() * layout.valueDim(), "storeKv", "values", values, "layout",
                layout, "values needs kvHeads * valueDim columns");
    }

    /**
     * Checks {@link io.pinyon.device.Ops#attention}.
     *
     * @param rows rows of the step that the table was written for
     * @param layout layout of the layer
     */
    public static void attention(Placed queries, int rows, KvLayout layout, AttentionSpec spec, Placed out) {
        Shapes.require(spec.kvHeads() > 0 && spec.heads() > 0 && spec.heads() % spec.kvHeads() == 0, "attention",
                "heads", spec.heads(), "KV heads", spec.kvHeads(), "heads must be a multiple of KV heads");
        Shapes.require(spec.window() >= 0 && spec.softcap() >= 0, "attention", "window", spec.window(), "softcap",
                spec.softcap(), "neither may be negative");
        rows("attention", "queries", queries, rows);
        rows("attention", "out", out, rows);
        Shapes.require(queries.cols() == spec.heads() * spec.keyDim(), "attention", "queries", queries, "spec", spec,
                "queries needs heads * keyDim columns");
        Shapes.require(out.cols() == spec.heads() * spec.valueDim(), "attention", "out", out, "spec", spec,
                "out needs heads * valueDim columns");
        Shapes.require(layout.kvHeads() == spec.kvHeads() && layout.keyDim() == spec.keyDim()
                && layout.valueDim() == spec.valueDim(), "attention", "layout", layout, "spec", spec,
                "both need the same KV heads and dimensions");
        Shapes.apart("attention", queries, out);
    }

    /**
     * What an op throws that is given a table before it was written: {@code PIN-OP-SPAN}.
     *
     * @param table the table or its layer, for the message
     */
    public static EngineException unwritten(Object table) {
        return new EngineException("PIN-OP-SPAN", table + " was used before it was written",
                "write the table at the beginning of a step");
    }

    private static void rows(String op, String name, Tensor tensor, int rows) {
        Shapes.require(tensor.rows() == rows, op, name, tensor, "a table written for rows", rows,
                "a step's tensors have as many rows as its table was written for");
    }
}
