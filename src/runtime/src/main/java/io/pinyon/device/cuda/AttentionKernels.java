/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.HashSet;
import java.util.Set;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Compute;
import io.pinyon.error.EngineException;

/** Causal attention over pages (flash decoding, and FlashAttention-2, arXiv 2307.08691). */
final class AttentionKernels {
    private static final double LOG2E = 1 / Math.log(2);
    private static final int UNIT = 4;

    private final Gpu gpu;
    private final Scratch scratch;
    private final Compute compute;
    private final Set<Kernel> prepared = new HashSet<>();

    /**
     * With its own choice among kernels.
     *
     * @param compute with {@link Compute#BF16} steps of many rows round their factors to the format of the pages, if that
     *     has 16 bits; steps of few rows are float32 in any case
     */
    AttentionKernels(Gpu gpu, Scratch scratch, Compute compute) {
        this.gpu = gpu;
        this.scratch = scratch;
        this.compute = compute;
    }

    /**
     * Attention of each row over the entries of its span up to itself; rows of no span are left as they are.
     *
     * @param queries {@code [rows, heads * keyDim]}
     * @param out {@code [rows, heads * valueDim]}
     */
    void attention(CudaTensor queries, CudaKvTable.CudaLayer layer, AttentionSpec spec, CudaTensor out) {
        var step = new AttentionPlan.Step(layer.rows(), layer.longestSpan(), layer.tileCount());
        AttentionPlan plan = AttentionPlan.of(step, layer.layout(), spec, compute, gpu.facts().multiprocessors());
        if (plan.gridX() == 0 || plan.gridY() == 0) {
            return;
        }
        Kernel kernel = gpu.kernel(plan.way().image(), plan.kernel());
        if (prepared.add(kernel)) {
            gpu.allowShared(kernel, plan.sharedBytes());
        }
        // buffers before arguments: a new buffer is cleared by a launch of its own, which uses the same list
        Buffers buffers = reserve(scratch, plan, spec);
        Arguments arguments = KvArguments.append(gpu.arguments().pointer(queries), layer);
        appendScores(arguments, spec);
        if (plan.way() == AttentionPlan.Way.DECODE) {
            arguments.pointer(buffers.partials()).pointer(buffers.partials() + sumBytes(plan, spec))
                    .pointer(buffers.counters()).integer(plan.passes());
        }
        gpu.launch(kernel, plan.gridX(), plan.gridY(), plan.way().threads(), plan.sharedBytes(),
                arguments.pointer(out));
    }

    /**
     * A part of the entries, whose result is merged with that of the parts before: {@code float sums[rows][heads][valueDim]}
     * and {@code float2 states[rows][heads]}, the maximum as an exponent of 2 and the sum of the weights.
     *
     * @param ranges device address of {@code int2[spans]}, the entries from x to y - 1 of each span; 0 for all of them
     * @param first whether there is nothing to merge with
     * @param last whether the result goes to {@code out}, not to the state
     * @param sums device address
     * @param states device address
     */
    record Round(long ranges, boolean first, boolean last, long sums, long states) {}

    /** Attention over some of the entries. */
    void attention(CudaTensor queries, CudaKvTable.CudaLayer layer, AttentionSpec spec, Round round, CudaTensor out) {
        if (!round.first() || !round.last()) {
            throw new EngineException("PIN-OP-UNSUPPORTED", "attention over a range of entries is not built here",
                    "keep all pages on the device");
        }
        attention(queries, layer, spec, out);
    }

    /** Addresses of what divided attention passes on. */
    record Buffers(long counters, long partials) {}

    /** The buffers that a plan needs. */
    static Buffers reserve(Scratch scratch, AttentionPlan plan, AttentionSpec spec) {
        return plan.way() == AttentionPlan.Way.DECODE
                ? new Buffers(scratch.buffer(Scratch.Use.COUNTERS, (long) Integer.BYTES * plan.gridY()),
                        scratch.buffer(Scratch.Use.ATTENTION, sumBytes(plan, spec) + stateBytes(plan, spec)))
                : new Buffers(0, 0);
    }

    /** The structure {@code Spec} of {@code attention/score.cuh}: exponents of 2 instead of e. */
    private static void appendScores(Arguments arguments, AttentionSpec spec) {
        boolean capped = spec.softcap() > 0;
        double factor = capped ? (double) spec.scale() / spec.softcap() : spec.scale() * LOG2E;
        arguments.integer(spec.heads()).integer(spec.window()).real((float) factor)
                .real(capped ? (float) (spec.softcap() * LOG2E) : 0);
    }

    private static long parts(AttentionPlan plan, AttentionSpec spec) {
        return (long) plan.gridX() * plan.gridY() * Math.min(AttentionPlan.BLOCK_HEADS, spec.heads() / spec.kvHeads());
    }

    private static long sumBytes(AttentionPlan plan, AttentionSpec spec) {
        return parts(plan, spec) * Math.ceilDiv(spec.valueDim(), UNIT) * UNIT * Float.BYTES;
    }

    private static long stateBytes(AttentionPlan plan, AttentionSpec spec) {
        return parts(plan, spec) * 2 * Float.BYTES;
    }
}
