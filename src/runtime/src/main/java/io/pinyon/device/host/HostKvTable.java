/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.support.KvShapes;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;

/** The spans that were written last, layer by layer: host kernels read the views themselves. */
public final class HostKvTable implements KvTable {
    private final int maxRows;
    private final List<HostLayer> layers = new ArrayList<>();
    private final Ownership ownership;

    HostKvTable(int layers, int maxRows, Ownership ownership) {
        this.maxRows = maxRows;
        this.ownership = ownership;
        for (int i = 0; i < layers; i++) {
            this.layers.add(new HostLayer(this, i));
        }
    }

    /** The table as one of this package; refuses tables of other devices and closed ones. */
    static HostKvTable of(KvTable table) {
        if (table instanceof HostKvTable host) {
            host.ownership.requireOpen(host);
            return host;
        }
        throw foreign(table);
    }

    /** The layer as one of this package; refuses those of other devices, of closed tables and of unwritten ones. */
    public static HostLayer layer(KvTable.Layer layer) {
        if (layer instanceof HostLayer host) {
            host.table.ownership.requireOpen(host);
            if (host.spans.isEmpty()) {
                throw KvShapes.unwritten(host);
            }
            return host;
        }
        throw foreign(layer);
    }

    private static EngineException foreign(Object given) {
        return new EngineException("PIN-OP-DEVICE",
                "a " + given.getClass().getSimpleName() + " was given to a host device",
                "allocate tables on the device that uses them");
    }

    void write(int rows, List<KvSpan> spans) {
        spans.forEach(HostKvTable::requireOpenPages);
        KvShapes.write(this, rows, spans);
        for (HostLayer layer : layers) {
            layer.rows = rows;
            layer.spans = spans.stream().map(span -> new HostSpan(span.views().get(layer.index), span.firstRow(),
                    span.rowCount(), span.firstPosition())).toList();
        }
    }

    private static void requireOpenPages(KvSpan span) {
        span.views().forEach(view -> {
            for (KvPage page : view.pages()) {
                HostPage.of(page);
            }
        });
    }

    @Override
    public int layers() {
        return layers.size();
    }

    @Override
    public int maxRows() {
        return maxRows;
    }

    @Override
    public HostLayer layer(int index) {
        if (index < 0 || index >= layers.size()) {
            throw new EngineException("PIN-OP-SHAPE", "layer " + index + " of " + this, "stay within the table");
        }
        return layers.get(index);
    }

    @Override
    public boolean local() {
        return true;
    }

    @Override
    public void close() {
        ownership.close();
    }

    @Override
    public String toString() {
        return "a KV table of " + layers() + " layers";
    }

    /** One layer, as it was written last. */
    public static final class HostLayer implements KvTable.Layer {
        private final HostKvTable table;
        private final int index;
        private int rows;
        private List<HostSpan> spans = List.of();

        private HostLayer(HostKvTable table, int index) {
            this.table = table;
            this.index = index;
        }

        @Override
        public int index() {
            return index;
        }

        /** Rows of the step. */
        public int rows() {
            return rows;
        }

        /** Layout of all pages. */
        public KvLayout layout() {
            return spans.getFirst().view().layout();
        }

        /** Which rows belong to which entries. */
        public List<HostSpan> spans() {
            return spans;
        }

        @Override
        public String toString() {
            return "layer " + index + " of " + table;
        }
    }
}
