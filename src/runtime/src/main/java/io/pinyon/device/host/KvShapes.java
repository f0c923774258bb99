/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.List;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.error.EngineException;

/**
 * What every host device checks before an op on cached keys and values runs, as {@link Shapes} does for the others.
 *
 * <p>All throw {@link EngineException}: {@code PIN-OP-SHAPE} for shapes that do not match, {@code PIN-OP-SPAN} for rows or
 * entries that are not there, {@code PIN-OP-CLOSED} for closed pages.
 */
public final class KvShapes {
    private KvShapes() {}

    /** Checks {@link io.pinyon.device.Ops#storeKv}. */
    public static void storeKv(HostTensor keys, HostTensor values, List<KvSpan> spans) {
        Shapes.require(keys.rows() == values.rows(), "storeKv", "keys", keys, "values", values,
                "both need as many rows");
        for (KvSpan span : spans) {
            KvLayout layout = span.view().layout();
            Shapes.require(keys.cols() == layout.kvHeads() * layout.keyDim(), "storeKv", "keys", keys, "layout",
                    layout, "keys needs kvHeads * keyDim columns");
            Shapes.require(values.cols() == layout.kvHeads() * layout.valueDim(), "storeKv", "values", values,
                    "layout", layout, "values needs kvHeads * valueDim columns");
            span("storeKv", span, keys.rows());
            pages("storeKv", span, span.firstPosition());
        }
    }

    /** Checks {@link io.pinyon.device.Ops#attention}. */
    public static void attention(HostTensor queries, List<KvSpan> spans, AttentionSpec spec, HostTensor out) {
        Shapes.require(spec.kvHeads() > 0 && spec.heads() > 0 && spec.heads() % spec.kvHeads() == 0, "attention",
                "heads", spec.heads(), "KV heads", spec.kvHeads(), "heads must be a multiple of KV heads");
        Shapes.require(spec.window() >= 0 && spec.softcap() >= 0, "attention", "window", spec.window(), "softcap",
                spec.softcap(), "neither may be negative");
        Shapes.require(queries.cols() == spec.heads() * spec.keyDim(), "attention", "queries", queries, "spec", spec,
                "queries needs heads * keyDim columns");
        Shapes.require(out.cols() == spec.heads() * spec.valueDim(), "attention", "out", out, "spec", spec,
                "out needs heads * valueDim columns");
        Shapes.require(queries.rows() == out.rows(), "attention", "queries", queries, "out", out,
                "both need as many rows");
        Shapes.apart("attention", queries, out);
        for (KvSpan span : spans) {
            KvLayout layout = span.view().layout();
            Shapes.require(layout.kvHeads() == spec.kvHeads() && layout.keyDim() == spec.keyDim()
                    && layout.valueDim() == spec.valueDim(), "attention", "layout", layout, "spec", spec,
                    "both need the same KV heads and dimensions");
            span("attention", span, queries.rows());
            pages("attention", span, spec.firstVisible(span.firstPosition()));
        }
    }

    private static void span(String op, KvSpan span, int rows) {
        if (span.rowCount() < 1 || span.firstRow() < 0 || span.firstRow() > rows - span.rowCount()) {
            throw new EngineException("PIN-OP-SPAN",
                    op + ": a span of " + span.rowCount() + " rows from row " + span.firstRow() + " of " + rows,
                    "a span is one or more rows of the step");
        }
        if (span.firstPosition() < 0 || span.firstPosition() > span.view().capacity() - span.rowCount()) {
            throw new EngineException("PIN-OP-SPAN",
                    op + ": " + span.rowCount() + " tokens from position " + span.firstPosition()
                            + " on, but there are pages for " + span.view().capacity(),
                    "reserve room in the KV cache first");
        }
    }

    private static void pages(String op, KvSpan span, int firstPosition) {
        KvLayout layout = span.view().layout();
        List<KvPage> pages = span.view().pages();
        int last = (span.firstPosition() + span.rowCount() - 1) / layout.pageTokens();
        for (int i = firstPosition / layout.pageTokens(); i <= last; i++) {
            HostPage page = HostPage.of(pages.get(i));
            Shapes.require(page.bytes() == layout.pageBytes(), op, "page of bytes",
                    page.bytes(), "layout of page bytes", layout.pageBytes(), "allocate pages by the same layout");
        }
    }
}
