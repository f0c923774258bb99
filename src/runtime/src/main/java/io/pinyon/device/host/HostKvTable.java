/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.support.KvShapes;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;
import io.pinyon.memory.Tier;

/**
 * The spans that were written last, layer by layer: host kernels read the views themselves. Attention gets views without
 * pages on disk: copies that the table keeps in memory for one layer, while those for the next are read.
 */
public final class HostKvTable implements KvTable {
    private final int maxRows;
    private final HostPages home;
    private final HostStaging staging;
    private final List<HostLayer> layers = new ArrayList<>();
    private final Ownership ownership;
    private List<KvSpan> written = List.of();
    private boolean local = true;

    /**
     * @param home whose pages it may hold
     * @param close called once
     */
    HostKvTable(int layers, int maxRows, HostPages home, Runnable close) {
        this.maxRows = maxRows;
        this.home = home;
        this.staging = home.newStaging();
        this.ownership = new Ownership(() -> {
            home.end(staging);
            close.run();
        });
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
        requireOpenPages(spans);
        KvShapes.write(this, rows, spans, written);
        staging.forget();
        written = List.copyOf(spans);
        local = !home.anyOnDisk() || spans.stream().flatMap(span -> span.views().stream())
                .flatMap(view -> view.pages().stream()).noneMatch(page -> page.tier() == Tier.DISK);
        for (HostLayer layer : layers) {
            layer.rows = rows;
            layer.spans = spans.stream().map(span -> new HostSpan(span.views().get(layer.index), span.firstRow(),
                    span.rowCount(), span.firstPosition())).toList();
        }
    }

    /** Refuses closed and foreign pages of views that were not here before; those of others are refused by who reads them. */
    private void requireOpenPages(List<KvSpan> spans) {
        for (int s = 0; s < spans.size(); s++) {
            List<KvView> views = spans.get(s).views();
            for (int layer = 0; layer < views.size(); layer++) {
                if (!KvShapes.known(written, s, layer, views.get(layer))) {
                    views.get(layer).pages().forEach(HostPage::of);
                }
            }
        }
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
        return local;
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
        private Optional<Reach> reach = Optional.empty();

        /** Which entries attention was asked for. */
        private record Reach(AttentionSpec spec, int from, int to) {}

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

        /**
         * Which rows belong to which entries, for storing them.
         *
         * @throws EngineException {@code PIN-OP-TIER} if a page that a row belongs to is not in memory
         */
        public List<HostSpan> spans() {
            if (!table.local) {
                spans.forEach(span -> span.pages(span.firstPosition(), span.end())
                        .forEach(page -> HostPage.of(page).segment()));
            }
            return spans;
        }

        /** The same for attention to all entries that a row may see. */
        public List<HostSpan> attentionSpans(AttentionSpec spec) {
            return attentionSpans(spec, 0, Integer.MAX_VALUE);
        }

        /**
         * The same for attention to a range of them: pages that a row sees are in memory, or copies of them are in their
         * place. The copies are good until the next call, for whichever layer, or until the table is written.
         *
         * @param from first entry that counts
         * @param to behind the last
         * @throws io.pinyon.error.MemoryException if there is no room for the copies
         * @throws io.pinyon.device.KvPageException if a page is lost
         */
        public List<HostSpan> attentionSpans(AttentionSpec spec, int from, int to) {
            if (table.local) {
                return spans;
            }
            reach = Optional.of(new Reach(spec, from, to));
            Set<HostPage> far = far(reach.get());
            List<HostSpan> near = spans;
            if (!far.isEmpty()) {
                StagingArea area = table.staging.hold(far);
                near = spans.stream().map(span -> span.with(area::copyOf)).toList();
            }
            if (index + 1 < table.layers()) {
                table.layer(index + 1).readAhead(reach.get());
            }
            return near;
        }

        /** What the layer was asked for in the last step it will be asked for again; before that, what another was. */
        private void readAhead(Reach other) {
            Set<HostPage> far = far(reach.orElse(other));
            if (!far.isEmpty()) {
                table.staging.readAhead(far);
            }
        }

        /** Pages on disk that attention reads. */
        private Set<HostPage> far(Reach wanted) {
            Set<HostPage> far = new LinkedHashSet<>();
            for (HostSpan span : spans) {
                int first = Math.max(wanted.from(), wanted.spec().firstVisible(span.firstPosition()));
                for (KvPage page : span.pages(first, Math.min(wanted.to(), span.end()))) {
                    if (page.tier() == Tier.DISK) {
                        far.add(HostPage.of(page));
                    }
                }
            }
            return far;
        }

        @Override
        public String toString() {
            return "layer " + index + " of " + table;
        }
    }
}
