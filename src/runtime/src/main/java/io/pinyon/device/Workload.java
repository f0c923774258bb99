/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.format.WeightFormat;
import io.pinyon.memory.MemoryPlan.Item;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/**
 * What a device is going to hold and compute, for {@link DeviceProvider#plan}: one model and sessions of equal length.
 *
 * @param matrices weight matrices in the order in which they are loaded
 * @param vectorBytes small weights in float32, such as norms
 * @param workingBytes tensors of a step, logits included
 * @param attention attention of the layer that sees most
 * @param layouts layout of the pages of each layer
 * @param vocabulary number of logits
 * @param maxRows most rows of a step
 * @param tokens tokens of each session
 * @param sessions number of sessions
 * @param places where the pages of each session lie at most
 */
public record Workload(List<Matrix> matrices, long vectorBytes, long workingBytes, AttentionSpec attention,
        List<KvLayout> layouts, int vocabulary, int maxRows, int tokens, int sessions, KvPlaces places) {
    /** Copies the lists. */
    public Workload {
        matrices = List.copyOf(matrices);
        layouts = List.copyOf(layouts);
    }

    /** All pages in the device's own memory. */
    public Workload(List<Matrix> matrices, long vectorBytes, long workingBytes, AttentionSpec attention,
            List<KvLayout> layouts, int vocabulary, int maxRows, int tokens, int sessions) {
        this(matrices, vectorBytes, workingBytes, attention, layouts, vocabulary, maxRows, tokens, sessions,
                KvPlaces.own(pages(layouts, tokens)));
    }

    /**
     * A weight matrix {@code [rows, cols]}.
     *
     * @param format how it is encoded
     * @param everyRow whether every row of a step is multiplied with it, as within layers
     */
    public record Matrix(WeightFormat format, int rows, int cols, boolean everyRow) {
        /** Bytes in its format. */
        public long bytes() {
            return rows * format.bytes(cols);
        }
    }

    /** Bytes of all matrices. */
    public long matrixBytes() {
        return matrices.stream().mapToLong(Matrix::bytes).sum();
    }

    /** Pages of a session in each layer. */
    public int pages() {
        return pages(layouts, tokens);
    }

    private static int pages(List<KvLayout> layouts, int tokens) {
        return Math.ceilDiv(tokens, layouts.getFirst().pageTokens());
    }

    /** Bytes of one page of every layer. */
    public long pageBytes() {
        return layouts.stream().mapToLong(KvLayout::pageBytes).sum();
    }

    /** Bytes of the largest page. */
    public long largestPageBytes() {
        return layouts.stream().mapToLong(KvLayout::pageBytes).max().orElse(0);
    }

    /** The most pages of a layer that one step of a prompt, run from its beginning, writes to. */
    public int stepPages() {
        int pageTokens = layouts.getFirst().pageTokens();
        int most = 1;
        for (long from = 0; from < tokens; from += maxRows) {
            long to = Math.min(tokens, from + maxRows);
            most = Math.max(most, (int) (Math.ceilDiv(to, pageTokens) - from / pageTokens));
        }
        return most;
    }

    /**
     * What a plan says of the pages of all sessions.
     *
     * @param own the tier of the device's own memory
     */
    public List<Item> kvItems(Tier own) {
        List<Item> items = new ArrayList<>();
        items.add(new Item(own, Purpose.KV, "KV pages", kvBytes(places.own())));
        if (places.host() > 0) {
            items.add(new Item(Tier.HOST, Purpose.KV, "KV pages in host memory", kvBytes(places.host())));
        }
        if (places.disk() > 0) {
            items.add(new Item(Tier.DISK, Purpose.KV, "KV pages on disk", kvBytes(places.disk())));
        }
        return items;
    }

    /** Bytes of so many pages of every layer, of all sessions. */
    private long kvBytes(int pages) {
        return Math.multiplyExact(Math.multiplyExact(pageBytes(), pages), (long) sessions);
    }

    /** Rows of the steps that take a session to its length: whole chunks, what is left of the prompt, one token. */
    public IntStream stepRows() {
        int whole = Math.min(maxRows, tokens);
        return IntStream.of(whole, tokens % whole, 1).filter(rows -> rows > 0);
    }

    /** The same with more working memory. */
    public Workload withMoreWorking(long bytes) {
        return new Workload(matrices, vectorBytes, workingBytes + bytes, attention, layouts, vocabulary, maxRows,
                tokens, sessions, places);
    }

    /** The same with pages in other places. */
    public Workload withPlaces(KvPlaces where) {
        return new Workload(matrices, vectorBytes, workingBytes, attention, layouts, vocabulary, maxRows, tokens,
                sessions, where);
    }

    /** The same with sessions of another length, and all pages in the device's own memory. */
    public Workload withTokens(int count) {
        return new Workload(matrices, vectorBytes, workingBytes, attention, layouts, vocabulary, maxRows, count,
                sessions);
    }
}
