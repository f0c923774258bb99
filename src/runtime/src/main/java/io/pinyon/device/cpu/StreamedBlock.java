/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.Arrays;

import io.pinyon.device.AttentionSpec;
import org.jspecify.annotations.Nullable;

/** A few queries: every tile of keys is decoded once and multiplied with each query. */
final class StreamedBlock implements AttentionBlock {
    /** Values of a tile of keys or of values, small enough for the first-level cache. */
    private static final int TILE_VALUES = 4096;

    private final Kernels kernels;
    private final Scratch.Buffer tileBuffer;
    private final Scratch.Buffer scoreBuffer;
    private final Scratch.Buffer maximaBuffer;
    private final Scratch.Buffer sumBuffer;
    private final Scratch.Buffer resultBuffer;
    private @Nullable AttentionQueries last;

    StreamedBlock(Kernels kernels, Scratch scratch) {
        this.kernels = kernels;
        this.tileBuffer = scratch.buffer();
        this.scoreBuffer = scratch.buffer();
        this.maximaBuffer = scratch.buffer();
        this.sumBuffer = scratch.buffer();
        this.resultBuffer = scratch.buffer();
    }

    private static int tileKeys(AttentionSpec spec) {
        return Math.max(16, TILE_VALUES / Math.max(spec.keyDim(), spec.valueDim()));
    }

    /** Values of all buffers for so many queries. */
    static long values(AttentionSpec spec, int queries) {
        int keys = tileKeys(spec);
        return (long) keys * Math.max(spec.keyDim(), spec.valueDim())
                + (long) queries * (keys + 2 + spec.valueDim());
    }

    @Override
    public void run(AttentionQueries queries, int fromKey, int toKey) {
        AttentionSpec spec = queries.spec();
        int count = queries.count();
        int dim = Math.max(spec.keyDim(), spec.valueDim());
        int tileKeys = tileKeys(spec);
        float[] tile = tileBuffer.of(tileKeys * dim);
        float[] scores = scoreBuffer.of(count * tileKeys);
        Arrays.fill(maximaBuffer.of(count), 0, count, Float.NEGATIVE_INFINITY);
        Arrays.fill(sumBuffer.of(count), 0, count, 0);
        Arrays.fill(resultBuffer.of(count * spec.valueDim()), 0, count * spec.valueDim(), 0);
        last = queries;
        KvTiles tiles = KvTiles.of(kernels, queries.span().view(), queries.kvHead());
        for (int from = fromKey; from < toKey; from += tileKeys) {
            int to = Math.min(toKey, from + tileKeys);
            tiles.keys(from, to, tile);
            for (int q = 0; q < count; q++) {
                score(queries, q, from, to, tile, scores, q * tileKeys);
            }
            tiles.values(from, to, tile);
            for (int q = 0; q < count; q++) {
                mix(queries, q, from, to, tile, scores, q * tileKeys);
            }
        }
    }

    private void score(AttentionQueries queries, int q, int from, int to, float[] keys, float[] scores, int at) {
        AttentionSpec spec = queries.spec();
        int first = Math.max(from, spec.firstVisible(queries.position(q)));
        int end = Math.min(to, queries.position(q) + 1);
        if (first >= end) {
            return;
        }
        kernels.elements().dots(queries.queries().data(), queries.offset(q), keys, (first - from) * spec.keyDim(),
                end - first, spec.keyDim(), scores, at + first - from);
        kernels.elements().scale(scores, at + first - from, spec.scale(), end - first);
        if (spec.softcap() > 0) {
            kernels.exponentials().softcap(scores, at + first - from, spec.softcap(), end - first);
        }
    }

    private void mix(AttentionQueries queries, int q, int from, int to, float[] values, float[] scores, int at) {
        AttentionSpec spec = queries.spec();
        int first = Math.max(from, spec.firstVisible(queries.position(q)));
        int end = Math.min(to, queries.position(q) + 1);
        if (first >= end) {
            return;
        }
        float[] maxima = maximaBuffer.of(queries.count());
        float[] sums = sumBuffer.of(queries.count());
        float[] results = resultBuffer.of(queries.count() * spec.valueDim());
        int weights = at + first - from;
        float max = Math.max(maxima[q], kernels.exponentials().max(scores, weights, end - first));
        if (max > maxima[q]) {
            float factor = (float) Math.exp(maxima[q] - max);
            kernels.elements().scale(results, q * spec.valueDim(), factor, spec.valueDim());
            sums[q] *= factor;
            maxima[q] = max;
        }
        sums[q] += kernels.exponentials().exponentials(scores, weights, max, end - first);
        kernels.elements().addWeighted(scores, weights, values, (first - from) * spec.valueDim(), end - first,
                spec.valueDim(), results, q * spec.valueDim());
    }

    @Override
    public void write() {
        AttentionQueries queries = lastRun();
        int dim = queries.spec().valueDim();
        for (int q = 0; q < queries.count(); q++) {
            int at = queries.targetOffset(q);
            float[] target = queries.target().values().data();
            System.arraycopy(resultBuffer.of(0), q * dim, target, at, dim);
            float divisor = queries.finish(q, maximaBuffer.of(0)[q], sumBuffer.of(0)[q]);
            kernels.elements().scale(target, at, 1 / divisor, dim);
        }
    }

    @Override
    public void writePartial(float[] target, int offset) {
        AttentionQueries queries = lastRun();
        int dim = queries.spec().valueDim();
        for (int q = 0; q < queries.count(); q++) {
            int at = offset + q * (2 + dim);
            target[at] = maximaBuffer.of(0)[q];
            target[at + 1] = sumBuffer.of(0)[q];
            System.arraycopy(resultBuffer.of(0), q * dim, target, at + 2, dim);
        }
    }

    private AttentionQueries lastRun() {
        if (last == null) {
            throw new IllegalStateException("run comes first");
        }
        return last;
    }
}
