/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.Arrays;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvPageException;
import io.pinyon.error.MemoryException;
import io.pinyon.kv.PagePool.Handle;
import io.pinyon.memory.Tier;

/** Which columns stay when no cache uses them any more: in memory up to a limit, then on disk up to another. */
final class Reuse {
    private final Device device;
    private final PrefixIndex<KvPage> index;
    private final KvPool.Options options;

    Reuse(Device device, PrefixIndex<KvPage> index, KvPool.Options options) {
        this.device = device;
        this.index = index;
        this.options = options;
    }

    /** Says on the pages of a column what they are, if another process may find them. */
    void label(Column<KvPage> column) {
        if (storable(column)) {
            ChainId root = column.ancestor(0).id();
            List<Handle<KvPage>> handles = column.handles();
            List<Integer> tokens = Arrays.stream(column.tokens()).boxed().toList();
            for (int i = 0; i < handles.size(); i++) {
                handles.get(i).page().label(new ColumnLabel(root, column.parent().id(), column.id(), column.depth(), i,
                        handles.size(), tokens).encode());
            }
        }
    }

    private boolean storable(Column<KvPage> column) {
        return options.stores() && column.tokens().length <= ColumnLabel.MAX_TOKENS;
    }

    /**
     * Frees memory of a tier: the least recently used column that no cache uses and that has pages there goes to disk, or
     * is dropped.
     *
     * @return false if there is none
     */
    boolean evict(Tier tier) {
        for (Column<KvPage> column : index.columns()) {
            if (!column.used() && column.handles().stream().anyMatch(handle -> handle.page().tier() == tier)) {
                if (tier == Tier.DISK || !store(column)) {
                    index.drop(column);
                }
                return true;
            }
        }
        return false;
    }

    /** Drops what exceeds the limits. */
    void trim() {
        if (index.isEmpty()) {
            return;
        }
        List<Column<KvPage>> columns = index.columns();
        long held = 0;
        for (Column<KvPage> column : columns) {
            held += column.used() || onDisk(column) ? 0 : bytes(column);
        }
        for (Column<KvPage> column : columns) {
            if (held > options.reuseBytes() && column.live() && !column.used() && !onDisk(column)) {
                held -= store(column) ? bytes(column) : drop(column, false);
            }
        }
        long stored = 0;
        for (Column<KvPage> column : columns) {
            stored += column.live() && !column.used() && onDisk(column) ? bytes(column) : 0;
        }
        for (Column<KvPage> column : columns) {
            if (stored > options.storedBytes() && column.live() && !column.used() && onDisk(column)) {
                stored -= drop(column, true);
            }
        }
    }

    /** Drops a column and what is behind it. Returns the bytes of unused columns among them, on disk or elsewhere. */
    private long drop(Column<KvPage> column, boolean onDisk) {
        long bytes = 0;
        for (Column<KvPage> each : column.subtree()) {
            bytes += !each.used() && onDisk(each) == onDisk ? bytes(each) : 0;
        }
        index.drop(column);
        return bytes;
    }

    /** Moves a column that nobody uses to disk; false if it may not or cannot lie there. */
    private boolean store(Column<KvPage> column) {
        if (!storable(column)) {
            return false;
        }
        try {
            device.move(pages(column), Tier.DISK);
            return true;
        } catch (MemoryException | KvPageException _) {
            // it was kept for reuse only: the caller drops it
            return false;
        }
    }

    /** Moves as much as may stay for the next process to disk, the most recently used first, and drops the rest. */
    void storeAll() {
        long left = options.stores() ? options.storedBytes() : 0;
        for (Column<KvPage> column : index.columns().reversed()) {
            if (column.live()) {
                long bytes = bytes(column);
                if (bytes <= left && (onDisk(column) || store(column))) {
                    left -= bytes;
                } else {
                    index.drop(column);
                }
            }
        }
    }

    /** Drops the columns that hold a page. */
    void lost(KvPage page) {
        for (Column<KvPage> column : index.columns()) {
            if (column.live() && column.handles().stream().anyMatch(handle -> handle.page().equals(page))) {
                index.drop(column);
            }
        }
    }

    /** Bytes of the columns that no cache uses, wherever they lie. */
    long bytes() {
        return index.columns().stream().filter(column -> !column.used()).mapToLong(Reuse::bytes).sum();
    }

    private static boolean onDisk(Column<KvPage> column) {
        return column.handles().stream().allMatch(handle -> handle.page().tier() == Tier.DISK);
    }

    private static List<KvPage> pages(Column<KvPage> column) {
        return column.handles().stream().map(Handle::page).toList();
    }

    private static long bytes(Column<KvPage> column) {
        return column.handles().stream().mapToLong(handle -> handle.page().bytes()).sum();
    }
}
