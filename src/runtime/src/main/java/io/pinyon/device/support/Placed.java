/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.support;

import io.pinyon.device.Tensor;

/** A tensor that can tell where its values lie, so that an output on top of an input can be refused. */
public interface Placed extends Tensor {
    /** What the tensor and all its views share; places of different owners are apart. */
    Ownership owner();

    /** Where the first value lies within the memory of the owner, in a unit of the device. */
    long start();

    /** Where the last value ends; {@link #start} for a tensor without values. */
    long end();

    /** Whether some value belongs to both. */
    default boolean overlaps(Placed other) {
        return owner() == other.owner() && start() < other.end() && other.start() < end();
    }

    /** Whether both begin with the same value. */
    default boolean startsWith(Placed other) {
        return owner() == other.owner() && start() == other.start();
    }
}
