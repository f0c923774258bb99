/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.format.WeightFormat;

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
 */
public record Workload(List<Matrix> matrices, long vectorBytes, long workingBytes, AttentionSpec attention,
        List<KvLayout> layouts, int vocabulary, int maxRows, int tokens, int sessions) {
    /** Copies the lists. */
    public Workload {
        matrices = List.copyOf(matrices);
        layouts = List.copyOf(layouts);
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
        return Math.ceilDiv(tokens, layouts.getFirst().pageTokens());
    }

    /** Bytes of the pages of all sessions. */
    public long kvBytes() {
        long perPage = layouts.stream().mapToLong(KvLayout::pageBytes).sum();
        return Math.multiplyExact(Math.multiplyExact(perPage, pages()), (long) sessions);
    }

    /** Rows of the steps that take a session to its length: whole chunks, what is left of the prompt, one token. */
    public IntStream stepRows() {
        int whole = Math.min(maxRows, tokens);
        return IntStream.of(whole, tokens % whole, 1).filter(rows -> rows > 0);
    }

    /** The same with more working memory. */
    public Workload withMoreWorking(long bytes) {
        return new Workload(matrices, vectorBytes, workingBytes + bytes, attention, layouts, vocabulary, maxRows,
                tokens, sessions);
    }

    /** The same with sessions of another length. */
    public Workload withTokens(int count) {
        return new Workload(matrices, vectorBytes, workingBytes, attention, layouts, vocabulary, maxRows, count,
                sessions);
    }
}
