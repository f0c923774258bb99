/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.pinyon.device.Compute;
import io.pinyon.format.WeightFormat;

/**
 * {@code out = x W^T}. Up to {@link GemvPlan#MAX_ROWS} rows, weights are decoded in registers and everything is float32;
 * beyond, slabs of weights are decoded to memory and multiplied by a general product. Methods run within
 * {@link Gpu#call} and only launch.
 */
final class MatmulKernels {
    private static final String GEMM_IMAGE = "gemm";

    private final Gpu gpu;
    private final Scratch scratch;
    private final Compute compute;
    private final EmbedKernels decoding;
    private final Set<Kernel> allowed = new HashSet<>();

    /**
     * Prepares launches.
     *
     * @param scratch for decoded weights and converted activations
     * @param compute type of the factors of products of many rows
     */
    MatmulKernels(Gpu gpu, Scratch scratch, Compute compute) {
        this.gpu = gpu;
        this.scratch = scratch;
        this.compute = compute;
        decoding = new EmbedKernels(gpu);
    }

    /** Whether there are kernels for a format. */
    static boolean supports(WeightFormat format) {
        return GemvPlan.supports(format);
    }

    /**
     * Several products with the same left side; those of one format go into one launch.
     *
     * @param x {@code [rows, k]}
     * @param weights each {@code [n, k]}
     * @param outs for each matrix {@code [rows, n]}
     */
    void matmul(CudaTensor x, List<CudaWeights> weights, List<CudaTensor> outs) {
        if (x.rows() == 0) {
            return;
        }
        if (x.rows() > GemvPlan.MAX_ROWS) {
            many(x, weights, outs);
            return;
        }
        boolean[] done = new boolean[weights.size()];
        for (int i = 0; i < done.length; i++) {
            List<Integer> together = new ArrayList<>();
            for (int j = i; j < done.length && together.size() < GemvPlan.MAX_MATRICES; j++) {
                if (!done[j] && weights.get(j).format().equals(weights.get(i).format())) {
                    together.add(j);
                    done[j] = true;
                }
            }
            if (!together.isEmpty()) {
                few(x, together.stream().map(weights::get).toList(), together.stream().map(outs::get).toList());
            }
        }
    }

    private void few(CudaTensor x, List<CudaWeights> weights, List<CudaTensor> outs) {
        GemvPlan plan = GemvPlan.of(weights.getFirst().format(), x.rows(), x.cols(),
                weights.stream().map(CudaWeights::rows).toList(), gpu.facts());
        Kernel kernel = kernel(plan.image(), plan.kernel(), plan.sharedBytes());
        if (plan.any()) {
            for (int i = 0; i < weights.size(); i++) {
                gpu.launch(kernel, plan.gridX(), plan.gridY(), GemvPlan.THREADS, 0,
                        gpu.arguments().pointer(x).integer(x.cols()).integer(x.rows())
                                .pointer(weights.get(i).address()).pointer(outs.get(i))
                                .integer(weights.get(i).rows()));
            }
            return;
        }
        Arguments arguments = gpu.arguments().pointer(x).integer(x.cols()).integer(x.rows()).integer(plan.stretch())
                .integer(plan.split());
        for (int i = 0; i < GemvPlan.MAX_MATRICES; i++) {
            boolean used = i < weights.size();
            arguments.pointer(used ? weights.get(i).address() : 0).pointer(used ? outs.get(i).address() : 0)
                    .integer(used ? weights.get(i).rows() : 0);
        }
        gpu.launch(kernel, plan.gridX(), plan.gridY(), GemvPlan.THREADS, plan.sharedBytes(), arguments);
    }

    private void many(CudaTensor x, List<CudaWeights> weights, List<CudaTensor> outs) {
        long converted = 0;
        for (int i = 0; i < weights.size(); i++) {
            CudaWeights matrix = weights.get(i);
            GemmPlan plan = GemmPlan.of(matrix.format(), matrix.rows(), matrix.cols(), compute);
            if (!plan.inputInPlace() && converted == 0) {
                converted = reserveInput(scratch, plan, x.rows());
                decoding.convert(x, converted, plan.width(), compute == Compute.BF16);
            }
            multiply(plan, plan.inputInPlace() ? x.address() : converted, x.rows(), matrix, outs.get(i));
        }
    }

    /** The buffers that a product needs; {@code outputs} is the number of weight rows. */
    static void reserve(Scratch scratch, GemmPlan plan, int rows, int outputs) {
        if (!plan.inputInPlace()) {
            reserveInput(scratch, plan, rows);
        }
        if (!plan.weightsInPlace()) {
            reserveSlab(scratch, plan, Math.min(plan.slabRows(), outputs));
        }
    }

    private static long reserveInput(Scratch scratch, GemmPlan plan, int rows) {
        return scratch.buffer(Scratch.Use.CONVERTED, GemmPlan.bytes(plan.compute(), rows, plan.width()));
    }

    private static long reserveSlab(Scratch scratch, GemmPlan plan, int rows) {
        return scratch.buffer(Scratch.Use.DECODED_WEIGHTS, GemmPlan.bytes(plan.compute(), rows, plan.width()));
    }

    private void multiply(GemmPlan plan, long input, int rows, CudaWeights matrix, CudaTensor out) {
        Kernel kernel = kernel(GEMM_IMAGE, plan.kernel(), plan.sharedBytes());
        for (int first = 0; first < matrix.rows(); first += plan.slabRows()) {
            int count = Math.min(plan.slabRows(), matrix.rows() - first);
            long slab = matrix.address();
            if (!plan.weightsInPlace()) {
                slab = reserveSlab(scratch, plan, count);
                decoding.decode(matrix, first, count, slab, plan.width(), compute == Compute.BF16);
            }
            gpu.launch(kernel, GemmPlan.tiles(rows, count), 1, GemmPlan.THREADS, plan.sharedBytes(),
                    gpu.arguments().pointer(input).pointer(slab).pointer(out.address() + 4L * first).integer(rows)
                            .integer(count).integer(plan.width()).integer(out.cols()));
        }
    }

    private Kernel kernel(String image, String name, int sharedBytes) {
        Kernel kernel = gpu.kernel(image, name);
        // the most that any launch of it needs, once, since the setting is the function's and not the launch's
        if (sharedBytes > 0 && allowed.add(kernel)) {
            gpu.allowShared(kernel, image.equals(GEMM_IMAGE) ? sharedBytes : GemvPlan.MAX_SHARED_BYTES);
        }
        return kernel;
    }
}
