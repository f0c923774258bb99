/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import io.pinyon.device.Ops;
import io.pinyon.device.Tensor;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.WeightLoader;

/**
 * Root-mean-square normalisation.
 *
 * @param factors {@code [1, dim]}
 * @param epsilon added to the mean square
 */
record Norm(Tensor factors, float epsilon) {
    static Norm load(WeightLoader loader, Role role, int layer, int dim) {
        return new Norm(loader.norm(role, layer, dim), loader.config().norms().epsilon());
    }

    void apply(Ops ops, Tensor x, Tensor out) {
        ops.rmsNorm(x, factors, epsilon, out);
    }

    /** Adds {@code y} to {@code x} and normalises the sum. */
    void applyToSum(Ops ops, Tensor x, Tensor y, Tensor out) {
        ops.addRmsNorm(x, y, factors, epsilon, out);
    }

    /** Normalises each head on its own, in place. */
    void applyToHeads(Ops ops, Tensor x) {
        int dim = factors.cols();
        Tensor heads = x.reshape(x.rows() * (x.cols() / dim), dim);
        ops.rmsNorm(heads, factors, epsilon, heads);
    }
}
