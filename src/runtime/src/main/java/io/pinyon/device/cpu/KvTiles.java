/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.foreign.MemorySegment;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvView;
import io.pinyon.device.host.HostPage;

/** Decodes entries of a KV head into tiles of float32 values. */
record KvTiles(KvView view, RowKernel.Decoder keyDecoder, RowKernel.Decoder valueDecoder) {
    static KvTiles of(Kernels kernels, KvView view) {
        KvLayout layout = view.layout();
        return new KvTiles(view, kernels.entryDecoder(layout.keyFormat(), layout.keyDim()),
                kernels.entryDecoder(layout.valueFormat(), layout.valueDim()));
    }

    /** Keys at positions from inclusive to exclusive, {@code [to - from][keyDim]}. */
    void keys(int head, int from, int to, float[] tile) {
        KvLayout layout = view.layout();
        for (int position = from; position < to;) {
            int end = endOfRun(position, to);
            keyDecoder.decode(page(position), layout.keyOffset(head, position % layout.pageTokens()), tile,
                    (position - from) * layout.keyDim(), (end - position) * layout.keyDim());
            position = end;
        }
    }

    /** Values at positions from inclusive to exclusive, {@code [to - from][valueDim]}. */
    void values(int head, int from, int to, float[] tile) {
        KvLayout layout = view.layout();
        for (int position = from; position < to;) {
            int end = endOfRun(position, to);
            valueDecoder.decode(page(position), layout.valueOffset(head, position % layout.pageTokens()), tile,
                    (position - from) * layout.valueDim(), (end - position) * layout.valueDim());
            position = end;
        }
    }

    /** Entries of a page lie side by side. */
    private int endOfRun(int position, int to) {
        int tokens = view.layout().pageTokens();
        return Math.min(to, (position / tokens + 1) * tokens);
    }

    private MemorySegment page(int position) {
        return HostPage.of(view.pages().get(position / view.layout().pageTokens())).segment();
    }
}
