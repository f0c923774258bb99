/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import java.lang.foreign.MemorySegment;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvView;
import io.pinyon.device.host.HostPage;
import io.pinyon.device.host.HostSpan;
import io.pinyon.device.host.HostTensor;

/** Entries into pages and out of them. */
final class ScalarKv {
    private ScalarKv() {}

    static void store(HostTensor keys, HostTensor values, HostSpan span) {
        KvLayout layout = span.view().layout();
        for (int i = 0; i < span.rowCount(); i++) {
            int position = span.firstPosition() + i;
            int row = span.firstRow() + i;
            int slot = position % layout.pageTokens();
            MemorySegment page = page(span.view(), position);
            for (int head = 0; head < layout.kvHeads(); head++) {
                layout.keyFormat().encode(keys.data(), keys.row(row) + head * layout.keyDim(), page,
                        layout.keyOffset(head, slot), layout.keyDim());
                layout.valueFormat().encode(values.data(), values.row(row) + head * layout.valueDim(), page,
                        layout.valueOffset(head, slot), layout.valueDim());
            }
        }
    }

    /** Keys of one head at positions from inclusive to exclusive, {@code [to - from, keyDim]}. */
    static float[] keys(KvView view, int head, int from, int to) {
        KvLayout layout = view.layout();
        float[] decoded = new float[(to - from) * layout.keyDim()];
        for (int position = from; position < to; position++) {
            layout.keyFormat().decode(page(view, position), layout.keyOffset(head, position % layout.pageTokens()),
                    decoded, (position - from) * layout.keyDim(), layout.keyDim());
        }
        return decoded;
    }

    /** Values of one head at positions from inclusive to exclusive, {@code [to - from, valueDim]}. */
    static float[] values(KvView view, int head, int from, int to) {
        KvLayout layout = view.layout();
        float[] decoded = new float[(to - from) * layout.valueDim()];
        for (int position = from; position < to; position++) {
            layout.valueFormat().decode(page(view, position),
                    layout.valueOffset(head, position % layout.pageTokens()), decoded,
                    (position - from) * layout.valueDim(), layout.valueDim());
        }
        return decoded;
    }

    private static MemorySegment page(KvView view, int position) {
        return HostPage.of(view.pages().get(position / view.layout().pageTokens())).segment();
    }
}
