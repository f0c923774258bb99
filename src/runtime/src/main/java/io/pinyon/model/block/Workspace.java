/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.List;

import io.pinyon.device.IntTensor;
import io.pinyon.device.KvTable;
import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.weight.WeightLoader;

/**
 * Working memory of a step, {@code [rows, …]} each.
 *
 * @param tokens token ids
 * @param positions positions
 * @param wanted rows whose logits are wanted
 * @param hidden residual stream, {@code hiddenSize}
 * @param normed its normalised copy, {@code hiddenSize}
 * @param result what attention or MLP adds to it, {@code hiddenSize}
 * @param queries {@code heads * headDim}
 * @param keys {@code kvHeads * headDim}
 * @param values {@code kvHeads * headDim}
 * @param mixed what attention gathered, {@code heads * headDim}
 * @param gate {@code feedForwardSize}
 * @param up {@code feedForwardSize}
 * @param table which rows go to which cached entries, in all layers
 * @param angles cosines and sines of each rotary embedding of the model
 */
record Workspace(IntTensor tokens, IntTensor positions, IntTensor wanted, Tensor hidden, Tensor normed, Tensor result,
        Tensor queries, Tensor keys, Tensor values, Tensor mixed, Tensor gate, Tensor up, KvTable table,
        List<Tensor> angles) {
    private static final int INT_VECTORS = 3;

    static Workspace allocate(WeightLoader loader, int rows, List<Rope> ropes) {
        ModelConfig model = loader.config().model();
        int queries = model.heads() * model.headDim();
        int keys = model.kvHeads() * model.headDim();
        List<Tensor> angles = ropes.stream().map(rope -> loader.allocate(rows, rope.dim())).toList();
        return new Workspace(loader.allocateInts(rows), loader.allocateInts(rows), loader.allocateInts(rows),
                loader.allocate(rows, model.hiddenSize()), loader.allocate(rows, model.hiddenSize()),
                loader.allocate(rows, model.hiddenSize()), loader.allocate(rows, queries), loader.allocate(rows, keys),
                loader.allocate(rows, keys), loader.allocate(rows, queries),
                loader.allocate(rows, model.feedForwardSize()), loader.allocate(rows, model.feedForwardSize()),
                loader.allocateKvTable(model.layers(), rows), angles);
    }

    /** Bytes of its vectors and matrices, without the block tables. */
    static long bytes(ModelConfig model, int rows, List<Rope> ropes) {
        long heads = 2L * (model.heads() + model.kvHeads()) * model.headDim();
        long angles = ropes.stream().mapToLong(Rope::dim).sum();
        return 4L * rows * (INT_VECTORS + 3L * model.hiddenSize() + heads + 2L * model.feedForwardSize() + angles);
    }

    /** Its first rows. */
    Workspace first(int rows) {
        return new Workspace(tokens.prefix(rows), positions.prefix(rows), wanted, hidden.rows(0, rows),
                normed.rows(0, rows), result.rows(0, rows), queries.rows(0, rows), keys.rows(0, rows),
                values.rows(0, rows), mixed.rows(0, rows), gate.rows(0, rows), up.rows(0, rows), table,
                angles.stream().map(angle -> angle.rows(0, rows)).toList());
    }
}
