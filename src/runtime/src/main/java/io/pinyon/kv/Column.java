/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.pinyon.kv.PagePool.Handle;

/**
 * The pages of all layers for one run of tokens, after the columns before it. A root has neither tokens nor pages: it
 * stands for what the pages of a chain have in common.
 *
 * @param <P> the pages
 */
final class Column<P> {
    private final List<Column<P>> parent;
    private final ChainId id;
    private final long hash;
    private final int depth;
    private final int[] tokens;
    private List<Handle<P>> handles;
    private final Set<Column<P>> children = new LinkedHashSet<>();
    private boolean live = true;

    private Column(List<Column<P>> parent, ChainId id, long hash, int depth, int[] tokens, List<Handle<P>> handles) {
        this.parent = parent;
        this.id = id;
        this.hash = hash;
        this.depth = depth;
        this.tokens = tokens;
        this.handles = List.copyOf(handles);
    }

    static <P> Column<P> root(ChainId id, long hash) {
        return new Column<>(List.of(), id, hash, 0, new int[0], List.of());
    }

    /** A column behind this one; it is not in anything's list of children yet. */
    Column<P> following(int[] next, long nextHash, List<Handle<P>> pages) {
        return new Column<>(List.of(this), id.then(next), nextHash, depth + 1, next, pages);
    }

    boolean isRoot() {
        return parent.isEmpty();
    }

    /** The column before this one; of a root the root itself. */
    Column<P> parent() {
        return isRoot() ? this : parent.getFirst();
    }

    /** The column of the chain that has so many columns before and with it. */
    Column<P> ancestor(int atDepth) {
        Column<P> column = this;
        while (column.depth > atDepth) {
            column = column.parent();
        }
        return column;
    }

    /** What the chain up to here is, for another process. */
    ChainId id() {
        return id;
    }

    long hash() {
        return hash;
    }

    /** Columns of the chain up to here; 0 for a root. */
    int depth() {
        return depth;
    }

    int[] tokens() {
        return tokens;
    }

    /** Pages of all layers, layer by layer. */
    List<Handle<P>> handles() {
        return handles;
    }

    void handles(List<Handle<P>> others) {
        handles = List.copyOf(others);
    }

    Set<Column<P>> children() {
        return children;
    }

    /** Whether it is in the index. */
    boolean live() {
        return live;
    }

    void dropped() {
        live = false;
    }

    /** Whether somebody uses one of its pages. */
    boolean used() {
        return handles.stream().anyMatch(handle -> handle.users() > 0);
    }

    /** This column and all behind it, the last ones first. */
    List<Column<P>> subtree() {
        List<Column<P>> all = new ArrayList<>();
        all.add(this);
        for (int i = 0; i < all.size(); i++) {
            all.addAll(all.get(i).children);
        }
        return all.reversed();
    }
}
