/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import java.util.List;

/**
 * A tiled tensor map, as {@code cuTensorMapEncodeTiled} takes it.
 *
 * @param dataType the driver's CUtensorMapDataType
 * @param address base in device memory, a multiple of 16
 * @param dims elements per dimension, innermost first; 1 to 5
 * @param strides bytes between elements of the dimensions but the innermost; multiples of 16
 * @param box elements of a tile per dimension, at most 256
 * @param swizzle the driver's CUtensorMapSwizzle
 * @param l2Promotion the driver's CUtensorMapL2promotion
 * @param nanFill whether elements outside read as NaN instead of zero
 */
public record TensorMapShape(int dataType, long address, List<Long> dims, List<Long> strides, List<Integer> box,
        int swizzle, int l2Promotion, boolean nanFill) {
    /** Copies the lists. */
    public TensorMapShape {
        dims = List.copyOf(dims);
        strides = List.copyOf(strides);
        box = List.copyOf(box);
    }
}
