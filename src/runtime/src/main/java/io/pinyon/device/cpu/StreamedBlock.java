/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.Arrays;
import java.util.List;

import io.pinyon.device.AttentionSpec;

/**
 * A few queries of each of some KV heads: every tile of keys is decoded once and multiplied with each query of its head.
 *
 * <p>Heads take turns at about every page of keys, so that memory is read from front to back: entries of one head lie
 * in pieces too short for the processor to foresee what comes next, and each page of the operating system would be
 * translated anew for every head.
 */
final class StreamedBlock implements AttentionBlock {
    /** Values of a tile of keys or of values, small enough for the first-level cache. */
    private static final int TILE_VALUES = 4096;

    private final Kernels kernels;
    private final Scratch.Buffer tileBuffer;
    private final Scratch.Buffer scoreBuffer;
    private final Scratch.Buffer maximaBuffer;
    private final Scratch.Buffer sumBuffer;
    private final Scratch.Buffer resultBuffer;
    private List<AttentionQueries> last = List.of();

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

    /** Values of all buffers for so many queries of each KV head. */
    static long values(AttentionSpec spec, int queries) {
        int keys = tileKeys(spec);
        return (long) keys * Math.max(spec.keyDim(), spec.valueDim())
                + (long) queries * (keys + spec.kvHeads() * (2L + spec.valueDim()));
    }

    /**
     * Computes; the result stays here.
     *
     * @param heads queries of the same rows for one KV head or several
     * @param fromKey first key that may be looked at
     * @param toKey key after the last
     */
    void run(List<AttentionQueries> heads, int fromKey, int toKey) {
        AttentionQueries first = heads.getFirst();
        AttentionSpec spec = first.spec();
        // room for all heads, so that how many come together does not decide what memory is needed
        int states = spec.kvHeads() * first.count();
        Arrays.fill(maximaBuffer.of(states), Float.NEGATIVE_INFINITY);
        Arrays.fill(sumBuffer.of(states), 0);
        Arrays.fill(resultBuffer.of(states * spec.valueDim()), 0);
        last = heads;
        KvTiles tiles = KvTiles.of(kernels, first.span().view());
        int pageTokens = first.span().view().layout().pageTokens();
        int stride = Math.ceilDiv(pageTokens, tileKeys(spec)) * tileKeys(spec);
        for (int from = fromKey; from < toKey; from += stride) {
            for (int head = 0; head < heads.size(); head++) {
                advance(tiles, heads.get(head), head * first.count(), from, Math.min(toKey, from + stride));
            }
        }
    }

    /** Goes on with a head, whose first query has this number among all. */
    private void advance(KvTiles tiles, AttentionQueries queries, int state, int fromKey, int toKey) {
        AttentionSpec spec = queries.spec();
        int count = queries.count();
        int tileKeys = tileKeys(spec);
        float[] tile = tileBuffer.of(tileKeys * Math.max(spec.keyDim(), spec.valueDim()));
        float[] scores = scoreBuffer.of(count * tileKeys);
        for (int from = fromKey; from < toKey; from += tileKeys) {
            int to = Math.min(toKey, from + tileKeys);
            tiles.keys(queries.kvHead(), from, to, tile);
            score(queries, from, to, tile, scores, tileKeys);
            tiles.values(queries.kvHead(), from, to, tile);
            mix(queries, from, to, tile, scores, tileKeys, state);
        }
    }

    /** Whether these are four queries of one row: they see the same keys, and lie side by side. */
    private static boolean four(AttentionQueries queries) {
        return queries.count() == 4 && queries.position(0) == queries.position(3);
    }

    private static int first(AttentionQueries queries, int q, int from) {
        return Math.max(from, queries.spec().firstVisible(queries.position(q)));
    }

    private static int end(AttentionQueries queries, int q, int to) {
        return Math.min(to, queries.position(q) + 1);
    }

    /** Scores of query q start at {@code q * stride}; those of keys that it does not see are undefined. */
    private void score(AttentionQueries queries, int from, int to, float[] keys, float[] scores, int stride) {
        int dim = queries.spec().keyDim();
        float[] data = queries.queries().data();
        for (int q = 0; q < queries.count(); q++) {
            int first = first(queries, q, from);
            int count = Math.max(0, end(queries, q, to) - first);
            kernels.elements().dots(data, queries.offset(q), keys, (first - from) * dim, count, dim, scores,
                    q * stride + first - from);
        }
    }

    private void mix(AttentionQueries queries, int from, int to, float[] values, float[] scores, int stride,
            int state) {
        int dim = queries.spec().valueDim();
        for (int q = 0; q < queries.count(); q++) {
            int first = first(queries, q, from);
            int end = end(queries, q, to);
            if (first < end) {
                softmax(queries.spec(), scores, q * stride + first - from, end - first, state + q);
            }
        }
        float[] results = resultBuffer.of(0);
        if (four(queries)) {
            int first = first(queries, 0, from);
            int count = Math.max(0, end(queries, 0, to) - first);
            kernels.elements().addWeightedToFour(scores, first - from, stride, values, (first - from) * dim, count, dim,
                    results, state * dim);
        } else {
            for (int q = 0; q < queries.count(); q++) {
                int first = first(queries, q, from);
                int count = Math.max(0, end(queries, q, to) - first);
                kernels.elements().addWeighted(scores, q * stride + first - from, values, (first - from) * dim, count,
                        dim, results, (state + q) * dim);
            }
        }
    }

    /** Turns scores, from an index on, into weights, and brings the state of their query up to date. */
    private void softmax(AttentionSpec spec, float[] scores, int at, int count, int state) {
        kernels.elements().scale(scores, at, spec.scale(), count);
        if (spec.softcap() > 0) {
            kernels.exponentials().softcap(scores, at, spec.softcap(), count);
        }
        float[] maxima = maximaBuffer.of(0);
        float[] sums = sumBuffer.of(0);
        float max = Math.max(maxima[state], kernels.exponentials().max(scores, at, count));
        if (max > maxima[state]) {
            float factor = (float) Math.exp(maxima[state] - max);
            kernels.elements().scale(resultBuffer.of(0), state * spec.valueDim(), factor, spec.valueDim());
            sums[state] *= factor;
            maxima[state] = max;
        }
        sums[state] += kernels.exponentials().exponentials(scores, at, max, count);
    }

    @Override
    public void write() {
        for (int head = 0; head < last.size(); head++) {
            AttentionQueries queries = last.get(head);
            int dim = queries.spec().valueDim();
            for (int q = 0; q < queries.count(); q++) {
                int state = head * queries.count() + q;
                int at = queries.targetOffset(q);
                float[] target = queries.target().values().data();
                System.arraycopy(resultBuffer.of(0), state * dim, target, at, dim);
                float divisor = queries.finish(q, maximaBuffer.of(0)[state], sumBuffer.of(0)[state]);
                kernels.elements().scale(target, at, 1 / divisor, dim);
            }
        }
    }

    @Override
    public void writePartial(float[] target, int offset) {
        AttentionQueries queries = last.getFirst();
        int dim = queries.spec().valueDim();
        for (int state = 0; state < last.size() * queries.count(); state++) {
            int at = offset + state * (2 + dim);
            target[at] = maximaBuffer.of(0)[state];
            target[at + 1] = sumBuffer.of(0)[state];
            System.arraycopy(resultBuffer.of(0), state * dim, target, at + 2, dim);
        }
    }
}
