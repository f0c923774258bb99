/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Workload;

/** The arrays that the ops of a {@link CpuDevice} come to keep, grown step by step as {@link Scratch} grows them. */
final class CpuPlan {
    private final Workload work;
    private final Kernels kernels;
    private final int width;
    private long packed;
    private long decoded;
    private long results;
    private long streamed;
    private long tiled;
    private long partials;

    private CpuPlan(Workload work, Kernels kernels) {
        this.work = work;
        this.kernels = kernels;
        this.width = kernels.tiles().panelWidth();
    }

    /** Bytes of all arrays, if every thread has taken part in everything. */
    static long scratchBytes(Workload work, int bits, int threads) {
        var plan = new CpuPlan(work, Kernels.ofWidth(bits));
        work.stepRows().forEach(plan::products);
        work.stepRows().forEach(plan::blocks);
        plan.parts();
        long merged = plan.partials == 0 ? 0 : CpuAttention.mostParts(work.tokens());
        long perThread = plan.decoded + plan.results + plan.streamed + plan.tiled + merged;
        return Float.BYTES * (plan.packed + plan.partials + threads * perThread);
    }

    private void products(int rows) {
        for (Workload.Matrix matrix : work.matrices()) {
            int together = matrix.everyRow() ? rows : 1;
            if (CpuMatmul.packs(together)) {
                packed = Scratch.grown(packed, CpuMatmul.packedValues(together, matrix.cols(), width));
                decoded = Scratch.grown(decoded, CpuMatmul.tileValues(matrix.cols()));
                results = Scratch.grown(results, CpuMatmul.resultValues(width));
            } else if (together > 1 || kernels.rowKernel(matrix.format()).product().isEmpty()) {
                decoded = Scratch.grown(decoded, CpuMatmul.fewValues(matrix.cols()));
            }
        }
    }

    private void blocks(int rows) {
        AttentionSpec spec = work.attention();
        int queries = rows * (spec.heads() / spec.kvHeads());
        if (CpuAttention.streams(queries)) {
            streamed = Math.max(streamed, StreamedBlock.values(spec, queries));
        } else {
            tiled = TiledBlock.values(spec, kernels.tiles());
        }
    }

    private void parts() {
        for (int first = 0; first < work.tokens(); first += work.maxRows()) {
            parts(first, Math.min(work.maxRows(), work.tokens() - first));
        }
        parts(work.tokens() - 1, 1);
    }

    private void parts(int firstPosition, int rows) {
        partials = Scratch.grown(partials,
                CpuAttention.partialValues(rows, firstPosition, work.attention(), width));
    }
}
