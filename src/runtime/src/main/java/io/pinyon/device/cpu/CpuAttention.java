/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.host.HostPage;
import io.pinyon.device.host.HostSpan;
import io.pinyon.device.host.HostTensor;
import io.pinyon.device.support.PartShapes;

/**
 * Causal attention with online softmax over tiles of keys, after FlashAttention (arXiv 2205.14135, 2307.08691).
 *
 * <p>Queries of all rows of a span that share a KV head are numbered {@code row * group + head} and divided into blocks;
 * a block reads every entry once for all its queries. Blocks of many queries are {@link TiledBlock}s, with a query per
 * lane; a few queries are a {@link StreamedBlock}, with the elements of a key in the lanes. A span with few queries is
 * divided by keys, too, so that all threads share a long context; the parts are merged by their log-sum-exp. How work is
 * divided depends on shapes alone, never on the number of threads, so results do not either.
 */
final class CpuAttention {
    /** Up to here, streaming is the faster way. */
    private static final int FEW_QUERIES = 4;

    /** Keys of a part of a span that is divided by keys. */
    private static final int PART_KEYS = 512;

    /** A span with at least this many blocks of each KV head is not divided by keys. */
    private static final int ENOUGH_BLOCKS = 4;

    /** Values that an item of a merge reads; fewer are not worth waking somebody. */
    private static final int MERGED_VALUES = 16 << 10;

    private final WorkerTeam team;
    private final Kernels kernels;
    private final Scratch.Buffer partials;
    private final AttentionBlock[] streamed;
    private final AttentionBlock[] tiled;
    private final Scratch.Buffer[] merged;

    CpuAttention(WorkerTeam team, Kernels kernels, Scratch scratch) {
        this.team = team;
        this.kernels = kernels;
        this.partials = scratch.buffer();
        this.merged = scratch.buffers(team.size());
        this.streamed = new AttentionBlock[team.size()];
        this.tiled = new AttentionBlock[team.size()];
        for (int i = 0; i < team.size(); i++) {
            streamed[i] = new StreamedBlock(kernels, scratch);
            tiled[i] = new TiledBlock(kernels, scratch);
        }
    }

    void store(HostTensor keys, HostTensor values, List<HostSpan> spans) {
        for (HostSpan span : spans) {
            team.run(span.rowCount(), (_, i) -> storeRow(keys, values, span, i));
        }
    }

    private static void storeRow(HostTensor keys, HostTensor values, HostSpan span, int i) {
        KvLayout layout = span.view().layout();
        int position = span.firstPosition() + i;
        int slot = position % layout.pageTokens();
        var page = HostPage.of(span.view().pages().get(position / layout.pageTokens())).segment();
        int key = keys.row(span.firstRow() + i);
        int value = values.row(span.firstRow() + i);
        for (int head = 0; head < layout.kvHeads(); head++) {
            layout.keyFormat().encode(keys.data(), key + head * layout.keyDim(), page, layout.keyOffset(head, slot),
                    layout.keyDim());
            layout.valueFormat().encode(values.data(), value + head * layout.valueDim(), page,
                    layout.valueOffset(head, slot), layout.valueDim());
        }
    }

    /** Queries of a block and the keys of one part of them. */
    private record Item(AttentionQueries queries, int fromKey, int toKey, int part, int parts, int partial) {}

    /**
     * Attends to the entries in a range.
     *
     * @param from first entry that counts
     * @param to entry after the last that counts; it may lie beyond what a row sees
     */
    void attend(HostTensor queries, List<HostSpan> spans, AttentionSpec spec, int from, int to,
            AttentionTarget target) {
        var items = new ArrayList<Item>();
        int partialLength = 0;
        for (HostSpan span : spans) {
            partialLength = plan(new Asked(queries, span, spec, from, to, target), items, partialLength);
        }
        float[] parts = partials.of(partialLength);
        team.run(items.size(), (member, i) -> {
            Item item = items.get(i);
            AttentionBlock block = streams(item.queries().count()) ? streamed[member] : tiled[member];
            block.run(item.queries(), item.fromKey(), item.toKey());
            if (item.parts() == 1) {
                block.write();
            } else {
                block.writePartial(parts, item.partial());
            }
        });
        if (partialLength > 0) {
            team.run(items.size(), (member, i) -> merge(items.get(i), parts, merged[member]));
        }
    }

    /** Whether a block of so many queries is a {@link StreamedBlock}. */
    static boolean streams(int queries) {
        return queries <= FEW_QUERIES;
    }

    private static int blockSize(int queries, int panelWidth) {
        return streams(queries) ? queries : TiledBlock.PANELS * panelWidth;
    }

    private static int parts(int blocks, int keys) {
        return blocks >= ENOUGH_BLOCKS ? 1 : Math.max(1, Math.ceilDiv(keys, PART_KEYS));
    }

    /** Most parts that a span with so many keys is divided into. */
    static int mostParts(int keys) {
        return Math.ceilDiv(keys, PART_KEYS);
    }

    /** Values that the partial results of a span take. */
    static long partialValues(int rows, int firstPosition, AttentionSpec spec, int panelWidth) {
        int group = spec.heads() / spec.kvHeads();
        int all = rows * group;
        int blockSize = blockSize(all, panelWidth);
        int blocks = Math.ceilDiv(all, blockSize);
        long values = 0;
        for (int block = 0; blocks < ENOUGH_BLOCKS && block < blocks; block++) {
            int from = block * blockSize;
            int to = Math.min(all, from + blockSize);
            int keys = firstPosition + (to - 1) / group + 1 - spec.firstVisible(firstPosition + from / group);
            int parts = parts(blocks, keys);
            values += parts == 1 ? 0 : (long) parts * (to - from) * (2 + spec.valueDim());
        }
        return values * spec.kvHeads();
    }

    /** What is asked for a span. */
    private record Asked(HostTensor queries, HostSpan span, AttentionSpec spec, int from, int to,
            AttentionTarget target) {}

    /** Adds the items of a span, those with most keys first; returns the values that all partial results so far take. */
    private int plan(Asked asked, List<Item> items, int partialLength) {
        AttentionSpec spec = asked.spec();
        int all = asked.span().rowCount() * (spec.heads() / spec.kvHeads());
        int blockSize = blockSize(all, kernels.tiles().panelWidth());
        int blocks = Math.ceilDiv(all, blockSize);
        int used = partialLength;
        for (int block = blocks - 1; block >= 0; block--) {
            for (int kvHead = 0; kvHead < spec.kvHeads(); kvHead++) {
                var part = new AttentionQueries(asked.queries(), asked.span(), spec, asked.target(), kvHead,
                        block * blockSize, Math.min(all, (block + 1) * blockSize));
                int from = Math.max(asked.from(), part.firstKey());
                int to = Math.max(from, Math.min(asked.to(), part.lastKey() + 1));
                int parts = parts(blocks, to - from);
                for (int i = 0; i < parts; i++) {
                    int end = parts == 1 ? to : Math.min(to, from + (i + 1) * PART_KEYS);
                    items.add(new Item(part, from + i * PART_KEYS, end, i, parts, used));
                    used += parts == 1 ? 0 : part.count() * (2 + spec.valueDim());
                }
            }
        }
        return used;
    }

    /** Merges all parts of a block, on behalf of the first of them. */
    private void merge(Item item, float[] parts, Scratch.Buffer buffer) {
        if (item.parts() == 1 || item.part() != 0) {
            return;
        }
        AttentionQueries queries = item.queries();
        int dim = queries.spec().valueDim();
        int entry = 2 + dim;
        float[] weights = buffer.of(item.parts());
        for (int q = 0; q < queries.count(); q++) {
            int first = item.partial() + q * entry;
            int stride = queries.count() * entry;
            for (int i = 0; i < item.parts(); i++) {
                weights[i] = parts[first + i * stride];
            }
            float max = kernels.exponentials().max(weights, 0, item.parts());
            kernels.exponentials().exponentials(weights, 0, reference(max), item.parts());
            float sum = 0;
            for (int i = 0; i < item.parts(); i++) {
                sum += weights[i] * parts[first + i * stride + 1];
            }
            float divisor = queries.finish(q, max, sum);
            float[] target = queries.target().values().data();
            int at = queries.targetOffset(q);
            Arrays.fill(target, at, at + dim, 0);
            for (int i = 0; i < item.parts(); i++) {
                weights[i] /= divisor;
                kernels.elements().addWeighted(weights, i, parts, first + i * stride + 2, 1, dim, target, at);
            }
        }
    }

    /** What exponentials are taken relative to: without entries any finite value makes all of them 0. */
    private static float reference(float max) {
        return max == Float.NEGATIVE_INFINITY ? 0 : max;
    }

    /** Merges parts of attention, whoever computed them. */
    void merge(List<PartShapes.Part<HostTensor>> parts, HostTensor out) {
        int heads = parts.getFirst().states().cols() / 2;
        int dim = out.cols() / heads;
        int perItem = Math.max(1, MERGED_VALUES / (dim * parts.size()));
        int all = out.rows() * heads;
        team.run(Math.ceilDiv(all, perItem), (member, item) -> {
            float[] weights = merged[member].of(parts.size());
            for (int i = item * perItem; i < Math.min(all, (item + 1) * perItem); i++) {
                merge(parts, i / heads, i % heads, dim, weights, out);
            }
        });
    }

    private void merge(List<PartShapes.Part<HostTensor>> parts, int row, int head, int dim, float[] weights,
            HostTensor out) {
        for (int i = 0; i < parts.size(); i++) {
            HostTensor states = parts.get(i).states();
            weights[i] = states.data()[states.row(row) + 2 * head];
        }
        float max = kernels.exponentials().max(weights, 0, parts.size());
        kernels.exponentials().exponentials(weights, 0, reference(max), parts.size());
        int at = out.row(row) + head * dim;
        Arrays.fill(out.data(), at, at + dim, 0);
        float sum = 0;
        for (int i = 0; i < parts.size(); i++) {
            HostTensor states = parts.get(i).states();
            HostTensor sums = parts.get(i).sums();
            sum += weights[i] * states.data()[states.row(row) + 2 * head + 1];
            kernels.elements().addWeighted(weights, i, sums.data(), sums.row(row) + head * dim, 1, dim, out.data(), at);
        }
        kernels.elements().scale(out.data(), at, sum == 0 ? 1 : 1 / sum, dim);
    }
}
