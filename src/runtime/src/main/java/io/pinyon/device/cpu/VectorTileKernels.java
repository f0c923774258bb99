/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.invoke.MethodHandles;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Register tiles of 6 rows by 4, 2 or 1 vectors, after Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", ACM TOMS 34(3), 2008.
 */
final class VectorTileKernels implements TileKernels {
    private static final int BITS = Specialised.bits(MethodHandles.lookup());
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    private static final int LANES = F.length();
    private static final int ROWS = 6;
    private static final int WIDTH = 4 * LANES;

    @Override
    public int panelWidth() {
        return WIDTH;
    }

    @Override
    public int lanes() {
        return LANES;
    }

    @Override
    public int rowGroup() {
        return ROWS;
    }

    @Override
    public void multiply(float[] a, int aOffset, int rowStride, int depthStride, float[] b, int bOffset, int depth,
            int rows, int columns, float[] c, int cOffset, boolean accumulate) {
        int vectors = (columns + LANES - 1) / LANES;
        for (int i = 0; i < rows; i += ROWS) {
            int ai = aOffset + i * rowStride;
            int ci = cOffset + i * WIDTH;
            if (vectors == 4) {
                tile4(a, ai, rowStride, depthStride, b, bOffset, depth, c, ci, accumulate);
            } else {
                int done = 0;
                if (vectors >= 2) {
                    tile2(a, ai, rowStride, depthStride, b, bOffset, depth, c, ci, accumulate);
                    done = 2 * LANES;
                }
                if (vectors % 2 == 1) {
                    tile1(a, ai, rowStride, depthStride, b, bOffset + done, depth, c, ci + done, accumulate);
                }
            }
        }
    }

    private static void tile4(float[] a, int a0, int rowStride, int depthStride, float[] b, int bOffset, int depth,
            float[] c, int cOffset, boolean accumulate) {
        FloatVector c00 = start(c, cOffset, accumulate);
        FloatVector c01 = start(c, cOffset + LANES, accumulate);
        FloatVector c02 = start(c, cOffset + 2 * LANES, accumulate);
        FloatVector c03 = start(c, cOffset + 3 * LANES, accumulate);
        FloatVector c10 = start(c, cOffset + WIDTH, accumulate);
        FloatVector c11 = start(c, cOffset + WIDTH + LANES, accumulate);
        FloatVector c12 = start(c, cOffset + WIDTH + 2 * LANES, accumulate);
        FloatVector c13 = start(c, cOffset + WIDTH + 3 * LANES, accumulate);
        FloatVector c20 = start(c, cOffset + 2 * WIDTH, accumulate);
        FloatVector c21 = start(c, cOffset + 2 * WIDTH + LANES, accumulate);
        FloatVector c22 = start(c, cOffset + 2 * WIDTH + 2 * LANES, accumulate);
        FloatVector c23 = start(c, cOffset + 2 * WIDTH + 3 * LANES, accumulate);
        FloatVector c30 = start(c, cOffset + 3 * WIDTH, accumulate);
        FloatVector c31 = start(c, cOffset + 3 * WIDTH + LANES, accumulate);
        FloatVector c32 = start(c, cOffset + 3 * WIDTH + 2 * LANES, accumulate);
        FloatVector c33 = start(c, cOffset + 3 * WIDTH + 3 * LANES, accumulate);
        FloatVector c40 = start(c, cOffset + 4 * WIDTH, accumulate);
        FloatVector c41 = start(c, cOffset + 4 * WIDTH + LANES, accumulate);
        FloatVector c42 = start(c, cOffset + 4 * WIDTH + 2 * LANES, accumulate);
        FloatVector c43 = start(c, cOffset + 4 * WIDTH + 3 * LANES, accumulate);
        FloatVector c50 = start(c, cOffset + 5 * WIDTH, accumulate);
        FloatVector c51 = start(c, cOffset + 5 * WIDTH + LANES, accumulate);
        FloatVector c52 = start(c, cOffset + 5 * WIDTH + 2 * LANES, accumulate);
        FloatVector c53 = start(c, cOffset + 5 * WIDTH + 3 * LANES, accumulate);
        int a1 = a0 + rowStride;
        int a2 = a1 + rowStride;
        int a3 = a2 + rowStride;
        int a4 = a3 + rowStride;
        int a5 = a4 + rowStride;
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(F, b, bOffset + k * WIDTH);
            FloatVector b1 = FloatVector.fromArray(F, b, bOffset + k * WIDTH + LANES);
            FloatVector b2 = FloatVector.fromArray(F, b, bOffset + k * WIDTH + 2 * LANES);
            FloatVector b3 = FloatVector.fromArray(F, b, bOffset + k * WIDTH + 3 * LANES);
            FloatVector x = FloatVector.broadcast(F, a[a0 + k * depthStride]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            c02 = x.fma(b2, c02);
            c03 = x.fma(b3, c03);
            x = FloatVector.broadcast(F, a[a1 + k * depthStride]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            c12 = x.fma(b2, c12);
            c13 = x.fma(b3, c13);
            x = FloatVector.broadcast(F, a[a2 + k * depthStride]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            c22 = x.fma(b2, c22);
            c23 = x.fma(b3, c23);
            x = FloatVector.broadcast(F, a[a3 + k * depthStride]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            c32 = x.fma(b2, c32);
            c33 = x.fma(b3, c33);
            x = FloatVector.broadcast(F, a[a4 + k * depthStride]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            c42 = x.fma(b2, c42);
            c43 = x.fma(b3, c43);
            x = FloatVector.broadcast(F, a[a5 + k * depthStride]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            c52 = x.fma(b2, c52);
            c53 = x.fma(b3, c53);
        }
        c00.intoArray(c, cOffset);
        c01.intoArray(c, cOffset + LANES);
        c02.intoArray(c, cOffset + 2 * LANES);
        c03.intoArray(c, cOffset + 3 * LANES);
        c10.intoArray(c, cOffset + WIDTH);
        c11.intoArray(c, cOffset + WIDTH + LANES);
        c12.intoArray(c, cOffset + WIDTH + 2 * LANES);
        c13.intoArray(c, cOffset + WIDTH + 3 * LANES);
        c20.intoArray(c, cOffset + 2 * WIDTH);
        c21.intoArray(c, cOffset + 2 * WIDTH + LANES);
        c22.intoArray(c, cOffset + 2 * WIDTH + 2 * LANES);
        c23.intoArray(c, cOffset + 2 * WIDTH + 3 * LANES);
        c30.intoArray(c, cOffset + 3 * WIDTH);
        c31.intoArray(c, cOffset + 3 * WIDTH + LANES);
        c32.intoArray(c, cOffset + 3 * WIDTH + 2 * LANES);
        c33.intoArray(c, cOffset + 3 * WIDTH + 3 * LANES);
        c40.intoArray(c, cOffset + 4 * WIDTH);
        c41.intoArray(c, cOffset + 4 * WIDTH + LANES);
        c42.intoArray(c, cOffset + 4 * WIDTH + 2 * LANES);
        c43.intoArray(c, cOffset + 4 * WIDTH + 3 * LANES);
        c50.intoArray(c, cOffset + 5 * WIDTH);
        c51.intoArray(c, cOffset + 5 * WIDTH + LANES);
        c52.intoArray(c, cOffset + 5 * WIDTH + 2 * LANES);
        c53.intoArray(c, cOffset + 5 * WIDTH + 3 * LANES);
    }

    private static void tile2(float[] a, int a0, int rowStride, int depthStride, float[] b, int bOffset, int depth,
            float[] c, int cOffset, boolean accumulate) {
        FloatVector c00 = start(c, cOffset, accumulate);
        FloatVector c01 = start(c, cOffset + LANES, accumulate);
        FloatVector c10 = start(c, cOffset + WIDTH, accumulate);
        FloatVector c11 = start(c, cOffset + WIDTH + LANES, accumulate);
        FloatVector c20 = start(c, cOffset + 2 * WIDTH, accumulate);
        FloatVector c21 = start(c, cOffset + 2 * WIDTH + LANES, accumulate);
        FloatVector c30 = start(c, cOffset + 3 * WIDTH, accumulate);
        FloatVector c31 = start(c, cOffset + 3 * WIDTH + LANES, accumulate);
        FloatVector c40 = start(c, cOffset + 4 * WIDTH, accumulate);
        FloatVector c41 = start(c, cOffset + 4 * WIDTH + LANES, accumulate);
        FloatVector c50 = start(c, cOffset + 5 * WIDTH, accumulate);
        FloatVector c51 = start(c, cOffset + 5 * WIDTH + LANES, accumulate);
        int a1 = a0 + rowStride;
        int a2 = a1 + rowStride;
        int a3 = a2 + rowStride;
        int a4 = a3 + rowStride;
        int a5 = a4 + rowStride;
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(F, b, bOffset + k * WIDTH);
            FloatVector b1 = FloatVector.fromArray(F, b, bOffset + k * WIDTH + LANES);
            FloatVector x = FloatVector.broadcast(F, a[a0 + k * depthStride]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            x = FloatVector.broadcast(F, a[a1 + k * depthStride]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            x = FloatVector.broadcast(F, a[a2 + k * depthStride]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            x = FloatVector.broadcast(F, a[a3 + k * depthStride]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            x = FloatVector.broadcast(F, a[a4 + k * depthStride]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            x = FloatVector.broadcast(F, a[a5 + k * depthStride]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
        }
        c00.intoArray(c, cOffset);
        c01.intoArray(c, cOffset + LANES);
        c10.intoArray(c, cOffset + WIDTH);
        c11.intoArray(c, cOffset + WIDTH + LANES);
        c20.intoArray(c, cOffset + 2 * WIDTH);
        c21.intoArray(c, cOffset + 2 * WIDTH + LANES);
        c30.intoArray(c, cOffset + 3 * WIDTH);
        c31.intoArray(c, cOffset + 3 * WIDTH + LANES);
        c40.intoArray(c, cOffset + 4 * WIDTH);
        c41.intoArray(c, cOffset + 4 * WIDTH + LANES);
        c50.intoArray(c, cOffset + 5 * WIDTH);
        c51.intoArray(c, cOffset + 5 * WIDTH + LANES);
    }

    private static void tile1(float[] a, int a0, int rowStride, int depthStride, float[] b, int bOffset, int depth,
            float[] c, int cOffset, boolean accumulate) {
        FloatVector c00 = start(c, cOffset, accumulate);
        FloatVector c10 = start(c, cOffset + WIDTH, accumulate);
        FloatVector c20 = start(c, cOffset + 2 * WIDTH, accumulate);
        FloatVector c30 = start(c, cOffset + 3 * WIDTH, accumulate);
        FloatVector c40 = start(c, cOffset + 4 * WIDTH, accumulate);
        FloatVector c50 = start(c, cOffset + 5 * WIDTH, accumulate);
        int a1 = a0 + rowStride;
        int a2 = a1 + rowStride;
        int a3 = a2 + rowStride;
        int a4 = a3 + rowStride;
        int a5 = a4 + rowStride;
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(F, b, bOffset + k * WIDTH);
            FloatVector x = FloatVector.broadcast(F, a[a0 + k * depthStride]);
            c00 = x.fma(b0, c00);
            x = FloatVector.broadcast(F, a[a1 + k * depthStride]);
            c10 = x.fma(b0, c10);
            x = FloatVector.broadcast(F, a[a2 + k * depthStride]);
            c20 = x.fma(b0, c20);
            x = FloatVector.broadcast(F, a[a3 + k * depthStride]);
            c30 = x.fma(b0, c30);
            x = FloatVector.broadcast(F, a[a4 + k * depthStride]);
            c40 = x.fma(b0, c40);
            x = FloatVector.broadcast(F, a[a5 + k * depthStride]);
            c50 = x.fma(b0, c50);
        }
        c00.intoArray(c, cOffset);
        c10.intoArray(c, cOffset + WIDTH);
        c20.intoArray(c, cOffset + 2 * WIDTH);
        c30.intoArray(c, cOffset + 3 * WIDTH);
        c40.intoArray(c, cOffset + 4 * WIDTH);
        c50.intoArray(c, cOffset + 5 * WIDTH);
    }

    private static FloatVector start(float[] c, int offset, boolean accumulate) {
        return accumulate ? FloatVector.fromArray(F, c, offset) : FloatVector.zero(F);
    }

    @Override
    public void pack(float[] x, int xOffset, int stride, int rows, int depth, float[] panel, int panelOffset) {
        // in strips, so that the lines of the panel that are written to stay in the first-level cache
        for (int from = 0; from < depth; from += 16) {
            int to = Math.min(depth, from + 16);
            for (int j = 0; j < WIDTH; j++) {
                if (j < rows) {
                    for (int k = from; k < to; k++) {
                        panel[panelOffset + k * WIDTH + j] = x[xOffset + j * stride + k];
                    }
                } else {
                    for (int k = from; k < to; k++) {
                        panel[panelOffset + k * WIDTH + j] = 0;
                    }
                }
            }
        }
    }
}
