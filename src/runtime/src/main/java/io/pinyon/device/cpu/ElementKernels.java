/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import io.pinyon.device.Rope;

/** Kernels on rows of float32 values; every array comes with the index of its first value. */
interface ElementKernels {
    /** {@code out = x / sqrt(mean(x^2) + epsilon) * weight}; {@code out} may be {@code x}. */
    void rmsNorm(float[] x, int xOffset, float[] weight, int weightOffset, float epsilon, float[] out, int outOffset,
            int length);

    /** {@code x += y}. */
    void add(float[] x, int xOffset, float[] y, int yOffset, int length);

    /** {@code x *= factor}. */
    void scale(float[] x, int xOffset, float factor, int length);

    /** Turns the leading {@code 2 * pairs} elements of each head of a row by angles as of {@code Ops.ropeAngles}. */
    void rope(float[] x, int xOffset, int heads, int headDim, float[] angles, int anglesOffset, int pairs,
            Rope.Style style);

    /**
     * {@code out[outOffset + r] = a . (row r of x)}.
     *
     * @param a {@code length} values
     * @param x row {@code r} starts at {@code xOffset + r * length}
     */
    void dots(float[] a, int aOffset, float[] x, int xOffset, int rows, int length, float[] out, int outOffset);

    /**
     * {@code out[outOffset + j * outStride + i] = (row i of a) . (row j of x)}.
     *
     * @param a rows of {@code length} values without gaps
     * @param x rows of {@code length} values without gaps
     */
    void products(float[] a, int aOffset, int aRows, float[] x, int xOffset, int xRows, int length, float[] out,
            int outOffset, int outStride);

    /**
     * {@code out += sum over r of factors[r] * (row r of x)}.
     *
     * @param factors {@code rows} values
     * @param x row {@code r} starts at {@code xOffset + r * length}
     */
    void addWeighted(float[] factors, int factorsOffset, float[] x, int xOffset, int rows, int length, float[] out,
            int outOffset);

    /**
     * {@link #addWeighted} to four vectors, bit for bit:
     * {@code (row q of out) += sum over r of factors[q * factorsStride + r] * (row r of x)}.
     *
     * @param out four rows of {@code length} values without gaps
     */
    void addWeightedToFour(float[] factors, int factorsOffset, int factorsStride, float[] x, int xOffset, int rows,
            int length, float[] out, int outOffset);
}
