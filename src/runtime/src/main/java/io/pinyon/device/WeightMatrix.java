/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import io.pinyon.format.WeightFormat;

/**
 * A weight matrix as a device keeps it: {@code rows} outputs, {@code cols} inputs, rows contiguous in the file.
 *
 * <p>Host devices may read the mapped file in place; then the matrix is valid only while its source is open.
 */
public interface WeightMatrix extends AutoCloseable {
    /** Output dimension. */
    int rows();

    /** Input dimension. */
    int cols();

    /** The layout in the file; a device may keep another one. */
    WeightFormat format();

    /** Bytes that this device holds for it. */
    long bytes();

    /** Gives the memory back; harmless when repeated. */
    @Override
    void close();
}
