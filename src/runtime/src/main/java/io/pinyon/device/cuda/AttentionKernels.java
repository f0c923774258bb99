/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.HashSet;
import java.util.Set;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Compute;

/** Causal attention over pages (flash decoding, and FlashAttention-2, arXiv 2307.08691). */
final class AttentionKernels {
    private static final double LOG2E = 1 / Math.log(2);
    private static final int UNIT = 4;
    private static final String ROUND = "_round";

    /**
     * Attention over some of the entries, after or before others: the structure {@code Round} of
     * {@code attention/round.cuh}.
     *
     * <p>The running state of a step is {@code float sums[rows][heads][valueDim]}, the values weighted relative to the
     * maximum, and {@code float2 states[rows][heads]}, the maximum as an exponent of 2 and the sum of those weights. A row
     * without an entry in a round keeps its state, and nothing at all is minus infinity and zeros. Every kernel leaves it
     * in this form, so that any may do the next round.
     *
     * @param ranges device address of {@code int2[spans]}: the entries x to y - 1 of each span; 0 for all entries
     * @param first whether there is no state yet; what lies in its place is not read
     * @param last whether the result goes to {@code out}; otherwise it becomes the running state
     * @param sums device address, aligned to 16 bytes; 0 where there is neither a state before nor behind
     * @param states device address, aligned to 8 bytes; likewise
     */
    record Round(long ranges, boolean first, boolean last, long sums, long states) {
        /** All entries at once. */
        static final Round ALL = new Round(0, true, true, 0, 0);
    }

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
        attention(queries, layer, spec, Round.ALL, out);
    }

    /**
     * One round of attention of each row over the entries of its span up to itself; rows of no span are left as they are.
     *
     * @param queries {@code [rows, heads * keyDim]}
     * @param round which entries, and where the running state is
     * @param out {@code [rows, heads * valueDim]}, written by the last round alone
     */
    void attention(CudaTensor queries, CudaKvTable.CudaLayer layer, AttentionSpec spec, Round round, CudaTensor out) {
        var step = new AttentionPlan.Step(layer.rows(), layer.longestSpan(), layer.tileCount());
        AttentionPlan plan = AttentionPlan.of(step, layer.layout(), spec, compute, gpu.facts().multiprocessors());
        if (plan.gridX() == 0 || plan.gridY() == 0) {
            return;
        }
        boolean takesRound = plan.way() != AttentionPlan.Way.TENSOR_CORES || !round.equals(Round.ALL);
        Kernel kernel = gpu.kernel(plan.way().image(), kernel(plan, takesRound));
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
        arguments.pointer(out);
        if (takesRound) {
            arguments.pointer(round.ranges()).pointer(round.sums()).pointer(round.states())
                    .integer(round.first() ? 1 : 0).integer(round.last() ? 1 : 0);
        }
        gpu.launch(kernel, plan.gridX(), plan.gridY(), plan.way().threads(), plan.sharedBytes(), arguments);
    }

    /** On tensor cores there are kernels of their own for rounds, which need more registers. */
    private static String kernel(AttentionPlan plan, boolean takesRound) {
        return plan.way() == AttentionPlan.Way.TENSOR_CORES && takesRound ? plan.kernel() + ROUND : plan.kernel();
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
