/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.host.HostSpan;
import io.pinyon.device.host.HostTensor;

/**
 * Some queries of a span that share a KV head: those numbered from inclusive to exclusive, where query
 * {@code i * group + g} is head {@code kvHead * group + g} of the span's row {@code i}.
 */
record AttentionQueries(HostTensor queries, HostSpan span, AttentionSpec spec, AttentionTarget target, int kvHead,
        int from, int to) {
    int count() {
        return to - from;
    }

    /** Position of a query; {@code q} counts from 0 here and below. */
    int position(int q) {
        return span.firstPosition() + (from + q) / group();
    }

    /** First key that any of them sees. */
    int firstKey() {
        return spec.firstVisible(position(0));
    }

    /** Last key that any of them sees. */
    int lastKey() {
        return position(count() - 1);
    }

    /** Where a query's values start in {@link #queries}. */
    int offset(int q) {
        return queries.row(row(q)) + head(q) * spec.keyDim();
    }

    /** Where a query's result starts in {@link #target}. */
    int targetOffset(int q) {
        return target.values().row(row(q)) + head(q) * spec.valueDim();
    }

    /**
     * Says what the result of a query stems from.
     *
     * @param max largest score; negative infinity without entries
     * @param sum sum of exponentials relative to it
     * @return what to divide the values by that were weighted with these exponentials
     */
    float finish(int q, float max, float sum) {
        return target.finish(row(q), head(q), max, sum);
    }

    private int row(int q) {
        return span.firstRow() + (from + q) / group();
    }

    private int head(int q) {
        return kvHead * group() + (from + q) % group();
    }

    private int group() {
        return spec.heads() / spec.kvHeads();
    }
}
