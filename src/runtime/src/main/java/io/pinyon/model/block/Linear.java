/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import io.pinyon.device.Ops;
import io.pinyon.device.Projection;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.WeightLoader;

/**
 * A matrix with or without a bias.
 *
 * @param weights {@code [n, k]}
 * @param bias {@code [1, n]}
 */
record Linear(WeightMatrix weights, Optional<Tensor> bias) {
    static Linear load(WeightLoader loader, Role role, int layer, int rows, int cols, boolean bias) {
        return new Linear(loader.matrix(role, layer, rows, cols),
                bias ? Optional.of(loader.bias(role, layer, rows)) : Optional.empty());
    }

    /** Matrices with the same left side that the file keeps in one tensor. */
    static List<Linear> loadFused(WeightLoader loader, Role role, int layer, List<Integer> rows, int cols,
            boolean bias) {
        List<WeightMatrix> matrices = loader.matrices(role, layer, rows, cols);
        List<Tensor> biases = bias ? loader.biases(role, layer, rows) : List.of();
        return IntStream.range(0, matrices.size())
                .mapToObj(i -> new Linear(matrices.get(i), biases.stream().skip(i).findFirst())).toList();
    }

    void apply(Ops ops, Tensor x, Tensor out) {
        ops.matmul(x, weights, out);
        bias.ifPresent(summand -> ops.addBias(out, summand));
    }

    /** Several at once, outputs in the same order. */
    static void apply(Ops ops, Tensor x, List<Linear> linears, Tensor... out) {
        List<Tensor> outputs = Arrays.asList(out);
        ops.matmul(x, IntStream.range(0, out.length)
                .mapToObj(i -> new Projection(linears.get(i).weights, outputs.get(i))).toList());
        for (int i = 0; i < out.length; i++) {
            Tensor output = outputs.get(i);
            linears.get(i).bias.ifPresent(summand -> ops.addBias(output, summand));
        }
    }
}
