/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.weight;

import java.util.List;

/**
 * A tensor that a model needs.
 *
 * @param role what for
 * @param layer in which layer; 0 for those outside the layers
 * @param bias whether it is the bias, not the weight itself
 * @param shape dimensions, outermost first
 */
public record TensorSlot(Role role, int layer, boolean bias, List<Long> shape) {
    /** Copies the shape. */
    public TensorSlot {
        shape = List.copyOf(shape);
    }

    static TensorSlot matrix(Role role, int layer, int rows, int cols) {
        return new TensorSlot(role, layer, false, List.of((long) rows, (long) cols));
    }

    static TensorSlot vector(Role role, int layer, int dim) {
        return new TensorSlot(role, layer, false, List.of((long) dim));
    }

    static TensorSlot bias(Role role, int layer, int dim) {
        return new TensorSlot(role, layer, true, List.of((long) dim));
    }

    /** Number of elements. */
    public long elements() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }
}
