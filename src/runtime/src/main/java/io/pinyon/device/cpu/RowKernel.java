/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Optional;

/**
 * Reads encoded rows where they lie.
 *
 * @param product multiplies rows with a vector; empty if that means decoding them first
 * @param decoder decodes rows to float32, bit for bit as the format does
 */
record RowKernel(Optional<Product> product, Decoder decoder) {
    /** A kernel that does both. */
    static RowKernel of(Product product, Decoder decoder) {
        return new RowKernel(Optional.of(product), decoder);
    }

    /** Multiplies consecutive rows with a vector. */
    @FunctionalInterface
    interface Product {
        /**
         * {@code out[outOffset + r] = row r . x}, accumulated in float32.
         *
         * @param weights rows without gaps
         * @param offset byte offset of the first row
         * @param rows how many
         * @param x the vector, {@code cols} values from {@code xOffset} on
         * @param cols elements of a row, whole blocks
         */
        void multiply(MemorySegment weights, long offset, int rows, float[] x, int xOffset, int cols, float[] out,
                int outOffset);
    }

    /** Decodes consecutive elements. */
    @FunctionalInterface
    interface Decoder {
        /**
         * Decodes.
         *
         * @param source encoded elements
         * @param offset byte offset of the first block
         * @param out receives {@code count} values from {@code outOffset} on
         * @param count elements, whole blocks
         */
        void decode(MemorySegment source, long offset, float[] out, int outOffset, int count);
    }

    /** A kernel class that serves several formats. */
    @FunctionalInterface
    interface Family {
        /** Kernels by the name of the format in upper case. */
        Map<String, RowKernel> kernels();
    }
}
