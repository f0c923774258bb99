/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

/**
 * Products of float32 tiles whose right side is packed into panels: {@code [depth][panelWidth]}, so that lanes run over
 * the columns of the result.
 */
interface TileKernels {
    /** Columns of a panel, a multiple of {@link #lanes()}. */
    int panelWidth();

    /** Columns that are computed together. */
    int lanes();

    /** Rows of a left side are processed in groups of this many; tiles must have room for whole groups. */
    int rowGroup();

    /**
     * {@code c[i, j] = sum over k of a[i, k] * b[k, j]}, or {@code +=}.
     *
     * @param a left side; element {@code (i, k)} at {@code aOffset + i * rowStride + k * depthStride}
     * @param b panel
     * @param bOffset where the panel starts; {@code k} is {@code panelWidth()} apart
     * @param depth number of products in a sum
     * @param rows rows of the left side, a multiple of {@link #rowGroup()}
     * @param columns columns that are needed; whole vectors are written
     * @param c result, {@code panelWidth()} values per row
     * @param accumulate whether to add to what {@code c} holds
     */
    void multiply(float[] a, int aOffset, int rowStride, int depthStride, float[] b, int bOffset, int depth, int rows,
            int columns, float[] c, int cOffset, boolean accumulate);

    /**
     * Packs rows as the columns of a panel: {@code panel[k, j] = x[j, k]}; missing columns become 0.
     *
     * @param x row {@code j} starts at {@code xOffset + j * stride}
     * @param rows columns of the panel that are filled, at most {@link #panelWidth()}
     * @param depth values of a row
     */
    void pack(float[] x, int xOffset, int stride, int rows, int depth, float[] panel, int panelOffset);
}
