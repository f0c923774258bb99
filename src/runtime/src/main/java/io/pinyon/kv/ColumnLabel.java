/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import io.pinyon.device.PageStore;

/**
 * What a page in a store says about itself: big-endian integers {@code magic, depth, index, pages, token count}, the names
 * of the chain's root, of the chain before and of the chain with the page's column, and the tokens of the column.
 *
 * @param root name of the empty chain
 * @param before name of the chain before the column
 * @param id name of the chain with the column
 * @param depth columns of the chain, from 1
 * @param index which page of the column, layer by layer
 * @param pages pages of the column in all layers
 * @param tokens tokens of the column
 */
record ColumnLabel(ChainId root, ChainId before, ChainId id, int depth, int index, int pages, List<Integer> tokens) {
    private static final int MAGIC = 0x504E4331;
    private static final int HEADER = 5 * Integer.BYTES + 3 * ChainId.BYTES;

    /** Most tokens of a column that fit in a label. */
    static final int MAX_TOKENS = (PageStore.LABEL_BYTES - HEADER) / Integer.BYTES;

    /** Copies the tokens. */
    ColumnLabel {
        tokens = List.copyOf(tokens);
    }

    byte[] encode() {
        ByteBuffer buffer = ByteBuffer.allocate(HEADER + Integer.BYTES * tokens.size());
        buffer.putInt(MAGIC).putInt(depth).putInt(index).putInt(pages).putInt(tokens.size());
        buffer.put(root.bytes()).put(before.bytes()).put(id.bytes());
        for (int token : tokens) {
            buffer.putInt(token);
        }
        return buffer.array();
    }

    /** The label, or empty if the bytes are none or its names and tokens do not fit each other. */
    static Optional<ColumnLabel> decode(ByteBuffer label) {
        ByteBuffer buffer = label.duplicate().order(ByteOrder.BIG_ENDIAN);
        if (buffer.remaining() < HEADER || buffer.getInt() != MAGIC) {
            return Optional.empty();
        }
        int depth = buffer.getInt();
        int index = buffer.getInt();
        int pages = buffer.getInt();
        int count = buffer.getInt();
        ChainId root = chainId(buffer);
        ChainId before = chainId(buffer);
        ChainId id = chainId(buffer);
        if (count < 1 || buffer.remaining() != (long) Integer.BYTES * count || depth < 1 || index < 0
                || index >= pages) {
            return Optional.empty();
        }
        int[] tokens = new int[count];
        buffer.asIntBuffer().get(tokens);
        if (!before.then(tokens).equals(id)) {
            return Optional.empty();
        }
        return Optional.of(new ColumnLabel(root, before, id, depth, index, pages,
                Arrays.stream(tokens).boxed().toList()));
    }

    private static ChainId chainId(ByteBuffer buffer) {
        byte[] bytes = new byte[ChainId.BYTES];
        buffer.get(bytes);
        return ChainId.of(bytes);
    }

    /** Whether another page belongs to the same column. */
    boolean sameColumn(ColumnLabel other) {
        return root.equals(other.root) && before.equals(other.before) && id.equals(other.id) && depth == other.depth
                && pages == other.pages && tokens.equals(other.tokens);
    }
}
