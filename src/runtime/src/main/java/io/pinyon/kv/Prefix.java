/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import io.pinyon.device.KvPage;
import io.pinyon.kv.PagePool.Handle;

/** How far the pages of one cache are in the index of its pool. */
final class Prefix {
    private final KvPool pool;
    private final List<PageTable> tables;
    private final boolean movable;
    private final int columnTokens;
    /** The last column of the cache that the index has, or the root. */
    private Column<KvPage> last;

    Prefix(KvPool pool, List<PageTable> tables, boolean movable, Column<KvPage> last) {
        this.pool = pool;
        this.tables = tables;
        this.movable = movable;
        this.last = last;
        columnTokens = tables.stream().mapToInt(table -> table.layout().pageTokens()).max().orElse(1);
    }

    /** The same for the tables of a fork. */
    Prefix fork(List<PageTable> others) {
        return new Prefix(pool, others, movable, last);
    }

    /** Tokens of a column: of the largest page. */
    int columnTokens() {
        return columnTokens;
    }

    /**
     * Fills empty tables with the longest chain of columns that is there.
     *
     * @param most most columns
     * @return bytes that the tables hold now
     */
    long adopt(int[] tokens, int most) {
        List<Column<KvPage>> chain = new ArrayList<>();
        last = last.ancestor(0);
        Optional<Column<KvPage>> next = Optional.of(last);
        while (next.isPresent() && chain.size() < most) {
            next = pool.index().find(chain.isEmpty() ? last : chain.getLast(), tokens(tokens, chain.size()));
            next.ifPresent(chain::add);
        }
        long bytes = 0;
        for (int layer = 0; layer < tables.size(); layer++) {
            List<Handle<KvPage>> handles = new ArrayList<>();
            for (Column<KvPage> column : chain) {
                handles.addAll(ofLayer(column.handles(), layer));
            }
            bytes += tables.get(layer).share(handles);
        }
        if (!chain.isEmpty()) {
            last = chain.getLast();
            pool.index().touch(last);
        }
        return bytes;
    }

    /** Whether there are complete columns that the index may not have. */
    boolean behind(int columns) {
        return columns > last.depth();
    }

    /**
     * Adds complete columns, or holds those of equal tokens that are there instead.
     *
     * @param columns so many, from the first on
     */
    void publish(int[] tokens, int columns) {
        if (!last.live()) {
            last = last.ancestor(0);
        }
        for (int i = last.depth(); i < columns; i++) {
            int[] own = tokens(tokens, i);
            List<Handle<KvPage>> handles = handles(i);
            Optional<Column<KvPage>> there = pool.index().find(last, own);
            if (there.isPresent()) {
                unite(there.get(), handles, i);
                last = there.get();
            } else {
                last = pool.index().add(last, own, handles);
                pool.reuse().label(last);
            }
        }
        pool.index().touch(last);
    }

    private void unite(Column<KvPage> column, List<Handle<KvPage>> own, int index) {
        if (column.handles().equals(own)) {
            return;
        }
        if (!column.used()) {
            pool.index().exchange(column, own);
            pool.reuse().label(column);
        } else if (movable || pool.near(column.handles())) {
            for (int layer = 0; layer < tables.size(); layer++) {
                tables.get(layer).exchange(index * pagesPerColumn(layer), ofLayer(column.handles(), layer));
            }
        }
    }

    /** Forgets the columns that hold entries from this one on. */
    void cut(int entry) {
        last = last.ancestor(entry / columnTokens);
    }

    void touch() {
        if (last.live()) {
            pool.index().touch(last);
        }
    }

    private int[] tokens(int[] tokens, int column) {
        return Arrays.copyOfRange(tokens, column * columnTokens, (column + 1) * columnTokens);
    }

    private int pagesPerColumn(int layer) {
        return columnTokens / tables.get(layer).layout().pageTokens();
    }

    private List<Handle<KvPage>> handles(int column) {
        List<Handle<KvPage>> handles = new ArrayList<>();
        for (int layer = 0; layer < tables.size(); layer++) {
            int each = pagesPerColumn(layer);
            handles.addAll(tables.get(layer).handles().subList(column * each, (column + 1) * each));
        }
        return handles;
    }

    private List<Handle<KvPage>> ofLayer(List<Handle<KvPage>> column, int layer) {
        int from = 0;
        for (int i = 0; i < layer; i++) {
            from += pagesPerColumn(i);
        }
        return column.subList(from, from + pagesPerColumn(layer));
    }
}
