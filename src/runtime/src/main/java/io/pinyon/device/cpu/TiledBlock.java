/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.Arrays;

import io.pinyon.device.AttentionSpec;
import org.jspecify.annotations.Nullable;

/**
 * Many queries, one per lane: scores are the product of a tile of keys with the packed queries, and come out as a panel
 * that the transposed values are multiplied with. Softmax runs along the keys, from vector to vector, so that nothing is
 * ever summed across lanes.
 */
final class TiledBlock implements AttentionBlock {
    /** Panels of queries for which a tile of entries is decoded once. */
    static final int PANELS = 2;

    private static final int TILE_KEYS = 96;

    private final Kernels kernels;
    private final int width;
    private final Scratch.Buffer tileBuffer;
    private final Scratch.Buffer valueBuffer;
    private final Scratch.Buffer queryBuffer;
    private final Scratch.Buffer scoreBuffer;
    private final Scratch.Buffer resultBuffer;
    private final Panel[] panels = new Panel[PANELS];
    private @Nullable AttentionQueries last;

    /** State of a panel's columns. */
    private static final class Panel {
        private final int[] first;
        private final int[] last;
        private final float[] maxima;
        private final float[] sums;
        private final float[] factors;

        Panel(int width) {
            first = new int[width];
            last = new int[width];
            maxima = new float[width];
            sums = new float[width];
            factors = new float[width];
        }
    }

    TiledBlock(Kernels kernels, Scratch scratch) {
        this.kernels = kernels;
        this.width = kernels.tiles().panelWidth();
        this.tileBuffer = scratch.buffer();
        this.valueBuffer = scratch.buffer();
        this.queryBuffer = scratch.buffer();
        this.scoreBuffer = scratch.buffer();
        this.resultBuffer = scratch.buffer();
        Arrays.setAll(panels, _ -> new Panel(width));
    }

    @Override
    public void run(AttentionQueries queries, int fromKey, int toKey) {
        AttentionSpec spec = queries.spec();
        last = queries;
        for (int p = 0; p * width < queries.count(); p++) {
            start(queries, p);
        }
        KvTiles tiles = KvTiles.of(kernels, queries.span().view(), queries.kvHead());
        int group = kernels.tiles().rowGroup();
        float[] keys = tileBuffer.of(TILE_KEYS * spec.keyDim());
        float[] values = valueBuffer.of(TILE_KEYS * spec.valueDim() + group);
        for (int from = fromKey; from < toKey; from += TILE_KEYS) {
            int to = Math.min(toKey, from + TILE_KEYS);
            tiles.keys(from, to, keys);
            tiles.values(from, to, values);
            for (int p = 0; p * width < queries.count(); p++) {
                step(queries, p, from, to, keys, values);
            }
        }
    }

    private void start(AttentionQueries queries, int p) {
        AttentionSpec spec = queries.spec();
        Panel panel = panels[p];
        float[] packed = queryBuffer.of(PANELS * spec.keyDim() * width);
        int packedAt = p * spec.keyDim() * width;
        int lanes = kernels.tiles().lanes();
        int columns = Math.min(width, queries.count() - p * width);
        for (int j = 0; j < (columns + lanes - 1) / lanes * lanes; j++) {
            // columns without a query do as the last one does
            int q = Math.min(p * width + j, queries.count() - 1);
            panel.first[j] = spec.firstVisible(queries.position(q));
            panel.last[j] = queries.position(q);
            int source = queries.offset(q);
            for (int k = 0; k < spec.keyDim(); k++) {
                packed[packedAt + k * width + j] = queries.queries().data()[source + k] * spec.scale();
            }
        }
        Arrays.fill(panel.maxima, Float.NEGATIVE_INFINITY);
        Arrays.fill(panel.sums, 0);
        int length = resultRows(spec) * width;
        Arrays.fill(resultBuffer.of(PANELS * length), p * length, (p + 1) * length, 0);
    }

    /** Values of all buffers. */
    static long values(AttentionSpec spec, TileKernels tiles) {
        int width = tiles.panelWidth();
        return TILE_KEYS * (spec.keyDim() + spec.valueDim() + width) + tiles.rowGroup()
                + (long) PANELS * width * (spec.keyDim() + resultRows(spec, tiles));
    }

    private int resultRows(AttentionSpec spec) {
        return resultRows(spec, kernels.tiles());
    }

    private static int resultRows(AttentionSpec spec, TileKernels tiles) {
        int group = tiles.rowGroup();
        return (spec.valueDim() + group - 1) / group * group;
    }

    private void step(AttentionQueries queries, int p, int from, int to, float[] keys, float[] values) {
        AttentionSpec spec = queries.spec();
        Panel panel = panels[p];
        int columns = Math.min(width, queries.count() - p * width);
        // lanes are in order of position
        if (from > panel.last[columns - 1] || to <= panel.first[0]) {
            return;
        }
        TileKernels tiles = kernels.tiles();
        ExponentialKernels exponentials = kernels.exponentials();
        int count = to - from;
        int group = tiles.rowGroup();
        int rows = (count + group - 1) / group * group;
        float[] scores = scoreBuffer.of(TILE_KEYS * width);
        tiles.multiply(keys, 0, spec.keyDim(), 1, queryBuffer.of(0), p * spec.keyDim() * width, spec.keyDim(), rows,
                columns, scores, 0, false);
        if (spec.softcap() > 0) {
            exponentials.softcap(scores, 0, spec.softcap(), count * width);
        }
        if (to - 1 > panel.last[0] || from < panel.first[columns - 1]) {
            exponentials.mask(scores, count, width, columns, from, panel.first, panel.last);
        }
        exponentials.softmaxStep(scores, count, width, columns, panel.maxima, panel.sums, panel.factors);
        float[] results = resultBuffer.of(0);
        int resultAt = p * resultRows(spec) * width;
        exponentials.scaleColumns(results, resultAt, spec.valueDim(), width, columns, panel.factors);
        tiles.multiply(values, 0, 1, spec.valueDim(), scores, 0, count, resultRows(spec), columns, results, resultAt,
                true);
    }

    @Override
    public void write() {
        AttentionQueries queries = lastRun();
        int dim = queries.spec().valueDim();
        for (int q = 0; q < queries.count(); q++) {
            Panel panel = panels[q / width];
            float divisor = queries.finish(q, panel.maxima[q % width], panel.sums[q % width]);
            copy(q, queries.target().values().data(), queries.targetOffset(q), dim, 1 / divisor);
        }
    }

    @Override
    public void writePartial(float[] target, int offset) {
        AttentionQueries queries = lastRun();
        int dim = queries.spec().valueDim();
        for (int q = 0; q < queries.count(); q++) {
            int at = offset + q * (2 + dim);
            target[at] = panels[q / width].maxima[q % width];
            target[at + 1] = panels[q / width].sums[q % width];
            copy(q, target, at + 2, dim, 1);
        }
    }

    private void copy(int q, float[] target, int offset, int dim, float factor) {
        float[] results = resultBuffer.of(0);
        int column = q / width * resultRows(lastRun().spec()) * width + q % width;
        for (int d = 0; d < dim; d++) {
            target[offset + d] = results[column + d * width] * factor;
        }
    }

    private AttentionQueries lastRun() {
        if (last == null) {
            throw new IllegalStateException("run comes first");
        }
        return last;
    }
}
