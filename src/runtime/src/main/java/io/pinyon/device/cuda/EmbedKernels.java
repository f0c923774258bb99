/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.Locale;

import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;

/** Rows of weight matrices, decoded; methods run within {@link Gpu#call} and only launch. */
final class EmbedKernels {
    private static final String IMAGE = "decode_weights";
    private static final int THREADS = 128;
    private static final int VALUES_PER_THREAD = 8;

    private final Gpu gpu;

    EmbedKernels(Gpu gpu) {
        this.gpu = gpu;
    }

    /** {@code out[r] = scale * table[tokens[r]]}; tokens beyond the table are taken for its nearest row. */
    void embed(CudaWeights table, CudaInts tokens, float scale, CudaTensor out) {
        decode(table.format(), table.address(), table.rows(), table.cols(), tokens.address(), 0, tokens.length(), scale,
                out.address(), table.cols(), false);
    }

    /**
     * Rows of a matrix as they are multiplied.
     *
     * @param firstRow first row
     * @param count how many
     * @param target device address of {@code count} rows of {@code width} values, aligned to 16 bytes
     * @param width a multiple of 8, at least the matrix's; values behind those of the matrix become zero
     * @param bfloat16 whether the target holds bfloat16; otherwise float32
     */
    void decode(CudaWeights weights, int firstRow, int count, long target, int width, boolean bfloat16) {
        decode(weights.format(), weights.address(), weights.rows(), weights.cols(), 0, firstRow, count, 1f, target,
                width, bfloat16);
    }

    /** Activations as they are multiplied; parameters as for weights. */
    void convert(CudaTensor x, long target, int width, boolean bfloat16) {
        decode(WeightFormats.F32, x.address(), x.rows(), x.cols(), 0, 0, x.rows(), 1f, target, width,
                bfloat16);
    }

    private void decode(WeightFormat format, long weights, int rows, int cols, long tokens, int firstRow, int count,
            float scale, long target, int width, boolean bfloat16) {
        if (count == 0) {
            return;
        }
        gpu.launch(gpu.kernel(IMAGE, "decode_" + format.name().toLowerCase(Locale.ROOT)), count,
                Math.ceilDiv(width, VALUES_PER_THREAD * THREADS), THREADS, 0,
                gpu.arguments().pointer(weights).integer(rows).integer(cols).pointer(tokens).integer(firstRow)
                        .real(scale).pointer(target).integer(width).integer(bfloat16 ? 1 : 0));
    }
}
