/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * A row-major matrix of float32 values in a device's memory.
 *
 * <p>The device that allocated it owns the layout; other code only passes it to that device's {@link Ops}. Views share
 * memory with the tensor they came from; closing a view does nothing, closing the tensor ends its views.
 */
public interface Tensor extends AutoCloseable {
    /** Number of rows, at least 0. */
    int rows();

    /** Number of columns, at least 1. */
    int cols();

    /**
     * A view of consecutive rows.
     *
     * @param from first row
     * @param to row after the last, at least {@code from}
     */
    Tensor rows(int from, int to);

    /**
     * A view of the same values in another shape, for example {@code [rows * heads, headDim]}.
     *
     * @param rows new number of rows; {@code rows * cols} must not change
     * @param cols new number of columns
     */
    Tensor reshape(int rows, int cols);

    /** Gives the memory back; harmless when repeated. */
    @Override
    void close();
}
