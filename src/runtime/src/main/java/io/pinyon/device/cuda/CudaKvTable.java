/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvTable;

/**
 * Block tables in device memory.
 *
 * <p>Kernels see, for a step of {@code rows} rows:
 * <ul>
 * <li>{@code int rowSpan[rows]}: the span that a row belongs to, or -1
 * <li>{@code int rowPosition[rows]}: the row's position
 * <li>{@code int4 spans[]}: first row, number of rows, position of the first row, 0
 * <li>{@code uint64 pageLists[]}, for each layer: address of the list of page addresses of each span; pages that lie
 * elsewhere have an address in a buffer, where their bytes are while their round is attended to
 * <li>{@code int4 tiles[]}: span, first row, number of rows (at most {@link #TILE_ROWS}), position of the first row; every
 * row of every span is in one tile, those of late positions first
 * </ul>
 */
interface CudaKvTable extends KvTable {
    /** Most rows of a tile. */
    int TILE_ROWS = 64;

    /** One layer of one step. */
    interface CudaLayer extends Layer {
        /** The table that it belongs to. */
        CudaKvTable table();

        /** Layout of all pages of this layer. */
        KvLayout layout();

        /** Whether all pages of the step's spans are in device memory, in this layer. */
        boolean local();

        /** Refuses an op that needs them there: {@code PIN-OP-TIER}. */
        void requireLocal(String op);

        /** Refuses an op that stores the step's entries if a page that it writes lies elsewhere: {@code PIN-OP-TIER}. */
        void requireWritable(String op);

        /**
         * Attention of a layer that is not {@link #local}, round by round.
         *
         * @param kernel launches a round
         */
        void attendFar(RoundKernel kernel, CudaTensor queries, AttentionSpec spec, CudaTensor out);

        /** Rows of the step. */
        int rows();

        /** Largest number of rows of a span. */
        int longestSpan();

        /** Largest number of entries that a row of the step may see. */
        int entries();

        /** Number of tiles. */
        int tileCount();

        /** {@code int rowSpan[]}. */
        long rowSpan();

        /** {@code int rowPosition[]}. */
        long rowPosition();

        /** {@code int4 spans[]}. */
        long spans();

        /** {@code uint64 pageLists[]} of this layer. */
        long pageLists();

        /** {@code int4 tiles[]}. */
        long tiles();
    }
}
