/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;
import java.util.List;

import io.pinyon.error.ModelFileException;

/**
 * A tensor as it lies in a file.
 *
 * @param name the name in the file
 * @param format the layout of its rows
 * @param shape dimensions, outermost first; the last one is contiguous and is a whole number of blocks
 * @param bytes exactly the tensor's bytes, mapped, read-only; valid until its {@link TensorSource} is closed
 */
public record TensorData(String name, WeightFormat format, List<Long> shape, MemorySegment bytes) {
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    /** Copies the shape. */
    public TensorData {
        shape = List.copyOf(shape);
    }

    /** Number of elements. */
    public long elements() {
        return shape.stream().mapToLong(Long::longValue).reduce(1L, Math::multiplyExact);
    }

    /** Contiguous dimension; 1 for a scalar. */
    public long cols() {
        return shape.isEmpty() ? 1 : shape.getLast();
    }

    /** Product of all dimensions but the last. */
    public long rows() {
        return elements() / Math.max(1, cols());
    }

    /**
     * A range of rows of a matrix, sharing its bytes; for checkpoints that store several matrices in one tensor.
     *
     * @param from first row
     * @param to row after the last
     */
    public TensorData slice(long from, long to) {
        long rowBytes = format.bytes(cols());
        return new TensorData(name + "[" + from + ":" + to + "]", format, List.of(to - from, cols()),
                bytes.asSlice(from * rowBytes, (to - from) * rowBytes));
    }

    /**
     * The whole tensor in float32, row-major; for vectors and small tables.
     *
     * @throws ModelFileException {@code PIN-FORMAT-TOOLARGE} if that is more than an array can hold
     */
    public float[] toFloats() {
        if (elements() > MAX_ARRAY) {
            throw new ModelFileException("PIN-FORMAT-TOOLARGE", "tensor " + name + " of shape " + shape
                    + " has more elements than one array can hold", "check that this is the right model");
        }
        float[] values = new float[(int) elements()];
        format.decode(bytes, 0, values, 0, values.length / format.blockElements());
        return values;
    }
}
