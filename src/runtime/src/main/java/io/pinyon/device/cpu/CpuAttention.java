/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

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

    /** Items for each thread, so that none waits long for the last. */
    private static final int ITEMS = 8;

    /** Values that an item of a merge reads; fewer are not worth waking somebody. */
    private static final int MERGED_VALUES = 16 << 10;

    private final WorkerTeam team;
    private final Kernels kernels;
    private final Scratch.Buffer partials;
    private final StreamedBlock[] streamed;
    private final TiledBlock[] tiled;
    private final Scratch.Buffer[] merged;

    CpuAttention(WorkerTeam team, Kernels kernels, Scratch scratch) {
        this.team = team;
        this.kernels = kernels;
        this.partials = scratch.buffer();
        this.merged = scratch.buffers(team.size());
        this.streamed = new StreamedBlock[team.size()];
        this.tiled = new TiledBlock[team.size()];
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

    /** The same queries of some KV heads and the keys of one part of them; where their partial results go, if any. */
    private record Item(List<AttentionQueries> heads, int fromKey, int toKey, OptionalInt partial) {}

    /** Partial results of one KV head, which are so many values apart. */
    private record Merge(AttentionQueries queries, int parts, int first, int stride) {}

    /** What is to do for a step. */
    private static final class Plan {
        private final List<Item> items = new ArrayList<>();
        private final List<Merge> merges = new ArrayList<>();
        private int partialLength;
    }

    /**
     * Attends to the entries in a range.
     *
     * @param from first entry that counts
     * @param to entry after the last that counts; it may lie beyond what a row sees
     */
    void attend(HostTensor queries, List<HostSpan> spans, AttentionSpec spec, int from, int to,
            AttentionTarget target) {
        var plan = new Plan();
        for (HostSpan span : spans) {
            plan(plan, new Asked(queries, span, spec, from, to, target),
                    Math.ceilDiv(ITEMS * team.size(), spans.size()));
        }
        float[] parts = partials.of(plan.partialLength);
        team.run(plan.items.size(), (member, i) -> compute(plan.items.get(i), member, parts));
        if (!plan.merges.isEmpty()) {
            team.run(plan.merges.size(), (member, i) -> merge(plan.merges.get(i), parts, merged[member]));
        }
    }

    private void compute(Item item, int member, float[] parts) {
        AttentionBlock block = streamed[member];
        AttentionQueries first = item.heads().getFirst();
        if (streams(first.count())) {
            streamed[member].run(item.heads(), item.fromKey(), item.toKey());
        } else {
            tiled[member].run(first, item.fromKey(), item.toKey());
            block = tiled[member];
        }
        if (item.partial().isPresent()) {
            block.writePartial(parts, item.partial().getAsInt());
        } else {
            block.write();
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

    /**
     * Adds what is to do for a span: blocks with most keys first, and of these all heads of a part before the next part.
     *
     * @param enough items that keep all threads busy, if there are as many
     */
    private void plan(Plan plan, Asked asked, int enough) {
        AttentionSpec spec = asked.spec();
        int all = asked.span().rowCount() * (spec.heads() / spec.kvHeads());
        int blockSize = blockSize(all, kernels.tiles().panelWidth());
        int blocks = Math.ceilDiv(all, blockSize);
        for (int block = blocks - 1; block >= 0; block--) {
            int first = block * blockSize;
            int end = Math.min(all, first + blockSize);
            List<AttentionQueries> heads = IntStream.range(0, spec.kvHeads()).mapToObj(kvHead -> new AttentionQueries(
                    asked.queries(), asked.span(), spec, asked.target(), kvHead, first, end)).toList();
            int from = Math.max(asked.from(), heads.getFirst().firstKey());
            int to = Math.max(from, Math.min(asked.to(), heads.getFirst().lastKey() + 1));
            int parts = parts(blocks, to - from);
            int together = streams(end - first) ? together(spec.kvHeads(), parts * blocks, enough) : 1;
            int values = (end - first) * (2 + spec.valueDim());
            for (int i = 0; i < parts; i++) {
                int last = parts == 1 ? to : Math.min(to, from + (i + 1) * PART_KEYS);
                for (int head = 0; head < spec.kvHeads(); head += together) {
                    int partial = plan.partialLength + (i * spec.kvHeads() + head) * values;
                    plan.items.add(new Item(heads.subList(head, head + together), from + i * PART_KEYS, last,
                            parts == 1 ? OptionalInt.empty() : OptionalInt.of(partial)));
                }
            }
            if (parts > 1) {
                for (int head = 0; head < spec.kvHeads(); head++) {
                    plan.merges.add(new Merge(heads.get(head), parts, plan.partialLength + head * values,
                            spec.kvHeads() * values));
                }
                plan.partialLength += parts * spec.kvHeads() * values;
            }
        }
    }

    /** How many heads an item has: a divisor of all, as great as leaves enough items. It changes no result. */
    private static int together(int heads, int itemsOfHead, int enough) {
        int together = heads;
        while (together > 1 && (heads % together != 0 || heads / together * itemsOfHead < enough)) {
            together--;
        }
        return together;
    }

    private void merge(Merge merge, float[] parts, Scratch.Buffer buffer) {
        AttentionQueries queries = merge.queries();
        int dim = queries.spec().valueDim();
        float[] weights = buffer.of(merge.parts());
        for (int q = 0; q < queries.count(); q++) {
            int first = merge.first() + q * (2 + dim);
            for (int i = 0; i < merge.parts(); i++) {
                weights[i] = parts[first + i * merge.stride()];
            }
            float max = kernels.exponentials().max(weights, 0, merge.parts());
            kernels.exponentials().exponentials(weights, 0, reference(max), merge.parts());
            float sum = 0;
            for (int i = 0; i < merge.parts(); i++) {
                sum += weights[i] * parts[first + i * merge.stride() + 1];
            }
            float divisor = queries.finish(q, max, sum);
            float[] target = queries.target().values().data();
            int at = queries.targetOffset(q);
            Arrays.fill(target, at, at + dim, 0);
            for (int i = 0; i < merge.parts(); i++) {
                weights[i] /= divisor;
                kernels.elements().addWeighted(weights, i, parts, first + i * merge.stride() + 2, 1, dim, target, at);
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
