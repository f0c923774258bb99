/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import io.pinyon.device.Device;
import io.pinyon.device.KvPage;
import io.pinyon.device.PageStore.Stored;
import io.pinyon.error.MemoryException;
import io.pinyon.kv.PagePool.Handle;

/** Puts the pages that an earlier process left in a store together to columns. */
final class StoredColumns {
    private final Device device;
    private final PagePool<KvPage> pages;
    private final PrefixIndex<KvPage> index;
    private final Map<ChainId, Column<KvPage>> found = new HashMap<>();
    private final List<Stored> useless = new ArrayList<>();

    /** A column and which of its pages lie where. */
    private record Parts(ColumnLabel label, Map<Integer, Stored> pages) {
        boolean complete() {
            return pages.size() == label.pages();
        }
    }

    StoredColumns(Device device, PagePool<KvPage> pages, PrefixIndex<KvPage> index) {
        this.device = device;
        this.pages = pages;
        this.index = index;
    }

    void reopen(List<Stored> stored, KvPool.Options options) {
        Map<ChainId, Parts> columns = new HashMap<>();
        for (Stored page : stored) {
            Optional<ColumnLabel> label = ColumnLabel.decode(page.label()).filter(_ -> options.stores());
            boolean taken = label.isPresent() && collect(columns, label.get(), page);
            if (!taken) {
                useless.add(page);
            }
        }
        columns.values().stream().sorted(Comparator.comparingInt(parts -> parts.label().depth())).forEach(this::open);
        useless.forEach(page -> device.openPage(page).close());
        found.values().forEach(index::touch);
    }

    private static boolean collect(Map<ChainId, Parts> columns, ColumnLabel label, Stored page) {
        Parts parts = columns.computeIfAbsent(label.id(), _ -> new Parts(label, new TreeMap<>()));
        return parts.label().sameColumn(label) && parts.pages().putIfAbsent(label.index(), page) == null;
    }

    private void open(Parts parts) {
        ColumnLabel label = parts.label();
        Optional<Column<KvPage>> before = label.depth() == 1
                ? Optional.of(index.root(label.root())).filter(root -> root.id().equals(label.before()))
                : Optional.ofNullable(found.get(label.before())).filter(column -> column.depth() == label.depth() - 1);
        int[] tokens = label.tokens().stream().mapToInt(Integer::intValue).toArray();
        Deque<Stored> left = new ArrayDeque<>(parts.pages().values());
        if (!parts.complete() || before.isEmpty() || index.find(before.get(), tokens).isPresent()) {
            useless.addAll(left);
            return;
        }
        List<Handle<KvPage>> handles = new ArrayList<>();
        try {
            while (!left.isEmpty()) {
                handles.add(pages.add(device.openPage(left.getFirst())));
                left.removeFirst();
            }
            found.put(label.id(), index.add(before.get(), tokens, handles));
        } catch (MemoryException _) {
            // this process has a smaller budget than the earlier one had
            useless.addAll(left);
        }
        handles.forEach(pages::release);
    }
}
