/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/** A vector of int32 values in a device's memory: token ids, positions, row numbers. */
public interface IntTensor extends AutoCloseable {
    /** Number of values. */
    int length();

    /**
     * A view of the first values.
     *
     * @param length how many, at most {@link #length()}
     */
    IntTensor prefix(int length);

    /** Gives the memory back; harmless when repeated. */
    @Override
    void close();
}
