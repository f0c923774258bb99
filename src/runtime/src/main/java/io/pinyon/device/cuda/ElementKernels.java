/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;

import io.pinyon.device.Activation;
import io.pinyon.device.Rope;

/**
 * Launches of ops that treat rows or elements alike. Shapes were checked before; each method runs within
 * {@link Gpu#call} and only launches.
 */
final class ElementKernels {
    private static final String ELEMENTWISE = "elementwise";
    private static final String NORM = "norm";
    private static final String ROPE = "rope";

    private static final int THREADS = 256;
    private static final int VALUES_PER_THREAD = 4;
    private static final int BLOCKS_PER_MULTIPROCESSOR = 16;
    private static final int MAX_GRID_Y = 65535;

    /** Longest row that a warp normalises; longer ones are a block's. */
    private static final int WARP_ROW = 512;

    private static final int WARP_ROW_THREADS = 128;
    private static final int BLOCK_ROW_THREADS = 512;
    private static final int WARP = 32;

    /** Frequencies that one launch can carry among its parameters. */
    private static final int FREQUENCIES = 256;

    private final Gpu gpu;

    ElementKernels(Gpu gpu) {
        this.gpu = gpu;
    }

    /** {@code out = x / sqrt(mean(x^2) + epsilon) * weight} for each row. */
    void rmsNorm(CudaTensor x, CudaTensor weight, float epsilon, CudaTensor out) {
        normalise("rms_norm", gpu.arguments().pointer(x).pointer(weight).pointer(out), x, epsilon);
    }

    /** {@code x += y}, then {@code out = x / sqrt(mean(x^2) + epsilon) * weight} for each row; {@code out} is apart. */
    void addRmsNorm(CudaTensor x, CudaTensor y, CudaTensor weight, float epsilon, CudaTensor out) {
        normalise("add_rms_norm", gpu.arguments().pointer(x).pointer(y).pointer(weight).pointer(out), x, epsilon);
    }

    private void normalise(String kernel, Arguments arguments, CudaTensor x, float epsilon) {
        if (x.rows() == 0) {
            return;
        }
        // by the length of a row alone, so that the bits of a row do not depend on how many there are
        if (x.cols() <= WARP_ROW) {
            gpu.launch(gpu.kernel(NORM, kernel + "_warp"), Math.ceilDiv(x.rows(), WARP_ROW_THREADS / WARP), 1,
                    WARP_ROW_THREADS, 0, arguments.integer(x.rows()).integer(x.cols()).real(epsilon));
        } else {
            gpu.launch(gpu.kernel(NORM, kernel + "_block"), x.rows(), 1, BLOCK_ROW_THREADS, 0,
                    arguments.integer(x.cols()).real(epsilon));
        }
    }

    /** {@code x[r] += bias}. */
    void addBias(CudaTensor x, CudaTensor bias) {
        launchRows("add_bias", gpu.arguments().pointer(x).pointer(bias), x.rows(), x.cols());
    }

    /** {@code x += y}; they may be the same. */
    void add(CudaTensor x, CudaTensor y) {
        launchElements("add", gpu.arguments().pointer(x).pointer(y).wide(x.count()), x.count());
    }

    /** {@code x *= factor}. */
    void scale(CudaTensor x, float factor) {
        launchElements("scale", gpu.arguments().pointer(x).wide(x.count()).real(factor), x.count());
    }

    /** {@code x = cap * tanh(x / cap)}. */
    void softcap(CudaTensor x, float cap) {
        launchElements("softcap", gpu.arguments().pointer(x).wide(x.count()).real(cap), x.count());
    }

    /** {@code out = activation(gate) * up}; {@code out} may be either. */
    void gatedActivation(Activation activation, CudaTensor gate, CudaTensor up, CudaTensor out) {
        String kernel = switch (activation) {
            case SILU -> "gated_silu";
            case GELU -> "gated_gelu";
            case GELU_TANH -> "gated_gelu_tanh";
        };
        launchElements(kernel, gpu.arguments().pointer(gate).pointer(up).pointer(out).wide(gate.count()),
                gate.count());
    }

    /** {@code out[i] = x[rows[i]]}. */
    void gatherRows(CudaTensor x, CudaInts rows, CudaTensor out) {
        launchRows("gather_rows", gpu.arguments().pointer(x).pointer(rows).pointer(out), out.rows(), out.cols());
    }

    /** Cosines, then sines, of {@code positions[r] * inverseFrequencies[i]}. */
    void ropeAngles(Rope rope, CudaInts positions, CudaTensor out) {
        int pairs = rope.dim() / 2;
        float[] frequencies = new float[FREQUENCIES];
        for (int first = 0; first < pairs && out.rows() > 0; first += FREQUENCIES) {
            int count = Math.min(FREQUENCIES, pairs - first);
            for (int i = 0; i < count; i++) {
                frequencies[i] = rope.inverseFrequencies().get(first + i);
            }
            long work = (long) out.rows() * count;
            gpu.launch(gpu.kernel(ROPE, "rope_angles"), (int) Math.ceilDiv(work, (long) THREADS), 1, THREADS, 0,
                    gpu.arguments().bytes(MemorySegment.ofArray(frequencies), Float.BYTES).pointer(positions)
                            .pointer(out).integer(out.rows()).integer(pairs).integer(first).integer(count)
                            .real(rope.magnitude()));
        }
    }

    /** Turns the heads of {@code x}. */
    void rope(CudaTensor x, int headDim, CudaTensor angles, Rope.Style style) {
        turn(x, x, x.cols() / headDim, 0, headDim, angles, style);
    }

    /** Turns the heads of queries and of keys in one launch. */
    void rope2(CudaTensor queries, CudaTensor keys, int headDim, CudaTensor angles, Rope.Style style) {
        turn(queries, keys, queries.cols() / headDim, keys.cols() / headDim, headDim, angles, style);
    }

    private void turn(CudaTensor queries, CudaTensor keys, int queryHeads, int keyHeads, int headDim,
            CudaTensor angles, Rope.Style style) {
        int rows = queries.rows();
        int pairs = angles.cols() / 2;
        if (rows == 0 || pairs == 0) {
            return;
        }
        String kernel = switch (style) {
            case HALVES -> "rope_halves";
            case NEIGHBOURS -> "rope_neighbours";
        };
        int threads = (queryHeads + keyHeads) * (pairs % VALUES_PER_THREAD == 0 ? pairs / VALUES_PER_THREAD : pairs);
        gpu.launch(gpu.kernel(ROPE, kernel), Math.ceilDiv(threads, THREADS), Math.min(rows, MAX_GRID_Y), THREADS, 0,
                gpu.arguments().pointer(queries).pointer(keys).pointer(angles).integer(rows).integer(queryHeads)
                        .integer(keyHeads).integer(headDim).integer(pairs));
    }

    private void launchElements(String kernel, Arguments arguments, long count) {
        if (count > 0) {
            long blocks = Math.ceilDiv(count, (long) THREADS * VALUES_PER_THREAD);
            int most = gpu.facts().multiprocessors() * BLOCKS_PER_MULTIPROCESSOR;
            gpu.launch(gpu.kernel(ELEMENTWISE, kernel), (int) Math.min(blocks, most), 1, THREADS, 0, arguments);
        }
    }

    private void launchRows(String kernel, Arguments arguments, int rows, int cols) {
        if (rows > 0) {
            gpu.launch(gpu.kernel(ELEMENTWISE, kernel), Math.ceilDiv(cols, THREADS * VALUES_PER_THREAD),
                    Math.min(rows, MAX_GRID_Y), THREADS, 0, arguments.integer(rows).integer(cols));
        }
    }
}
