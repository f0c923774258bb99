/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.Compute;
import io.pinyon.format.WeightFormat;

/**
 * How a product of many rows is done: both factors as matrices of one type whose rows are a multiple of a wide load, a
 * slab of weights at a time.
 *
 * @param compute type of the factors
 * @param width values of a row of both factors, behind {@code cols} zeros
 * @param weightsInPlace whether the weights are such a matrix already
 * @param inputInPlace whether x is
 * @param slabRows weight rows that are decoded at a time
 */
record GemmPlan(Compute compute, int width, boolean weightsInPlace, boolean inputInPlace, int slabRows) {
    /** Rows and columns of a block's tile of the result. */
    static final int TILE = 128;

    /** Threads of a block. */
    static final int THREADS = 256;

    /** Dynamic shared memory of the tensor-core kernel: three stages of two operands of 128 rows of 128 bytes. */
    static final int SHARED_BYTES = 3 * 2 * TILE * 128;

    /** Most bytes of decoded weights. */
    static final long SLAB_BYTES = 64L << 20;

    private static final int VECTOR = 8;

    /** The plan for one matrix. */
    static GemmPlan of(WeightFormat format, int outputs, int cols, Compute compute) {
        boolean aligned = cols % VECTOR == 0;
        int width = Math.ceilDiv(cols, VECTOR) * VECTOR;
        boolean inPlace = aligned && format.name().equals(compute.name());
        long fitting = Math.max(TILE, SLAB_BYTES / bytes(compute, 1, width) / TILE * TILE);
        // slabs of one size, because a small last one would leave most of the GPU idle
        int slabs = Math.ceilDiv(outputs, (int) Math.min(fitting, Integer.MAX_VALUE));
        int even = Math.ceilDiv(Math.ceilDiv(outputs, slabs), TILE) * TILE;
        return new GemmPlan(compute, width, inPlace, aligned && compute == Compute.F32,
                inPlace ? outputs : Math.min(outputs, even));
    }

    /** Bytes of rows of a factor. */
    static long bytes(Compute compute, long rows, int width) {
        return rows * width * (compute == Compute.BF16 ? 2 : 4);
    }

    /** Tiles of the result. */
    static int tiles(int rows, int outputs) {
        return Math.ceilDiv(rows, TILE) * Math.ceilDiv(outputs, TILE);
    }

    /** Name of the kernel in image {@code gemm}. */
    String kernel() {
        return compute == Compute.BF16 ? "gemm_bf16" : "gemm_f32";
    }

    /** Dynamic shared memory of a block. */
    int sharedBytes() {
        return compute == Compute.BF16 ? SHARED_BYTES : 0;
    }
}
