/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.kv.PagePool.Handle;

/**
 * Finds columns by the tokens that they and all columns before them encode. It knows nothing of devices; one thread at a
 * time.
 *
 * <p>Columns lie in a hash table under a hash over their chain. A candidate counts only if it follows the very column that
 * was found before it and its tokens are equal, so that by induction the tokens of the whole chain are compared: equal
 * hashes alone never share.
 *
 * @param <P> the pages
 */
final class PrefixIndex<P> {
    /** A hash of a chain, made from that of the chain before its last column. */
    @FunctionalInterface
    interface ChainHash {
        long of(long before, int[] tokens);
    }

    private final PagePool<P> pool;
    private final ChainHash hash;
    private final Map<ChainId, Column<P>> roots = new HashMap<>();
    private final Map<Long, List<Column<P>>> buckets = new HashMap<>();
    /** The least recently used first; a column comes before those that it follows. */
    private final LinkedHashSet<Column<P>> columns = new LinkedHashSet<>();

    PrefixIndex(PagePool<P> pool, ChainHash hash) {
        this.pool = pool;
        this.hash = hash;
    }

    /** A multiplicative hash of 64 bits. */
    static long mix(long before, int[] tokens) {
        long hash = before + 0x9E3779B97F4A7C15L;
        for (int token : tokens) {
            hash = (hash ^ token) * 0xBF58476D1CE4E5B9L;
            hash ^= hash >>> 31;
        }
        return hash;
    }

    /** The beginning of all chains of one kind of pages. */
    Column<P> root(ChainId id) {
        return roots.computeIfAbsent(id, key -> Column.root(key, key.hashCode()));
    }

    /** The column of these tokens behind another. */
    Optional<Column<P>> find(Column<P> before, int[] tokens) {
        return buckets.getOrDefault(hash.of(before.hash(), tokens), List.of()).stream()
                .filter(column -> column.parent() == before && Arrays.equals(column.tokens(), tokens)).findFirst();
    }

    /**
     * Adds a column that is not there, with references of the index's own to its pages.
     *
     * @param before a live column or a root
     * @param handles pages of all layers
     */
    Column<P> add(Column<P> before, int[] tokens, List<Handle<P>> handles) {
        Column<P> column = before.following(tokens.clone(), hash.of(before.hash(), tokens), handles);
        handles.forEach(pool::keep);
        before.children().add(column);
        buckets.computeIfAbsent(column.hash(), _ -> new ArrayList<>()).add(column);
        columns.add(column);
        return column;
    }

    /** Makes a column hold other pages of the same contents. */
    void exchange(Column<P> column, List<Handle<P>> handles) {
        handles.forEach(pool::keep);
        List<Handle<P>> old = column.handles();
        column.handles(handles);
        old.forEach(pool::giveUp);
    }

    /** Counts a column and all before it as just used. */
    void touch(Column<P> last) {
        for (Column<P> column = last; !column.isRoot(); column = column.parent()) {
            if (columns.remove(column)) {
                columns.add(column);
            }
        }
    }

    /** Drops a column with all that can only be found behind it; pages that caches use stay theirs. */
    void drop(Column<P> column) {
        for (Column<P> each : column.subtree()) {
            each.parent().children().remove(each);
            List<Column<P>> bucket = buckets.getOrDefault(each.hash(), new ArrayList<>());
            bucket.remove(each);
            if (bucket.isEmpty()) {
                buckets.remove(each.hash());
            }
            columns.remove(each);
            each.dropped();
            each.handles().forEach(pool::giveUp);
        }
    }

    /** All columns, the least recently used first. */
    List<Column<P>> columns() {
        return List.copyOf(columns);
    }

    boolean isEmpty() {
        return columns.isEmpty();
    }

    /** The pages that the index references, column by column. */
    List<List<Handle<P>>> references() {
        return columns.stream().map(Column::handles).toList();
    }

    /**
     * Compares chains, buckets and counts.
     *
     * @throws io.pinyon.error.EngineException {@code PIN-KV-INTEGRITY} naming the first difference
     */
    void checkIntegrity() {
        Map<Handle<P>, Integer> kept = new HashMap<>();
        int children = roots.values().stream().mapToInt(root -> root.children().size()).sum();
        for (Column<P> column : columns) {
            children += column.children().size();
            Integrity.check("hash of a column", column.hash(), hash.of(column.parent().hash(), column.tokens()));
            Integrity.check("columns of the same tokens behind another",
                    column.parent().children().stream()
                            .filter(other -> Arrays.equals(other.tokens(), column.tokens())).count(),
                    1);
            Integrity.check("a column where it is looked for",
                    find(column.parent(), column.tokens()).filter(column::equals).isPresent() ? 1 : 0, 1);
            // columns that differ in their last tokens only may share the pages of layers with smaller pages
            column.handles().forEach(handle -> kept.merge(handle, 1, Integer::sum));
        }
        kept.forEach((handle, count) -> Integrity.check("columns that hold a page", handle.kept(), count));
        Integrity.check("columns behind others", children, columns.size());
        Integrity.check("columns in buckets", buckets.values().stream().mapToInt(List::size).sum(), columns.size());
    }
}
