/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;

import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.support.PartShapes;

/**
 * Attention in parts: what {@link AttentionKernels} leaves as a running state has exponents of 2 where an
 * {@link AttentionPart} has those of e, and is the same otherwise. Shapes were checked before; each method runs within
 * {@link Gpu#call} and only launches.
 */
final class PartKernels {
    private static final String IMAGE = "attention_merge";
    private static final double LN2 = Math.log(2);
    private static final int THREADS = 128;
    private static final int MERGE_THREADS = 64;
    private static final int INT2 = 8;
    private static final int FLOAT2 = 8;

    /** Parts that one launch merges. */
    private static final int PARTS = 16;

    private final Gpu gpu;
    private final Scratch scratch;
    private final AttentionKernels attentions;

    PartKernels(Gpu gpu, Scratch scratch, AttentionKernels attentions) {
        this.gpu = gpu;
        this.scratch = scratch;
        this.attentions = attentions;
    }

    /** Attention of each row over those entries of its span up to itself that lie within {@code [from, to)}. */
    void attention(CudaTensor queries, CudaKvTable.CudaLayer layer, AttentionSpec spec, int from, int to,
            PartShapes.Part<CudaTensor> out) {
        // a span has a row at least
        int spans = layer.rows();
        long ranges = scratch.buffer(Scratch.Use.RANGES, (long) INT2 * spans);
        gpu.launch(gpu.kernel(IMAGE, "attention_ranges"), Math.ceilDiv(spans, THREADS), 1, THREADS, 0,
                gpu.arguments().pointer(ranges).integer(spans).integer(from).integer(to));
        var round = new AttentionKernels.Round(ranges, true, false, out.sums().address(), out.states().address());
        attentions.attention(queries, layer, spec, round, out.sums());
        scaleMaxima(layer, spec.heads(), out.states().address(), LN2);
    }

    /**
     * Makes the states of a part those of a running state, in place; then a round that is not the first may go on from it.
     * Rows of no span stay as they are.
     *
     * @param heads heads of a row
     * @param states device address of {@code float2 states[rows][heads]}
     */
    void toRunningState(CudaKvTable.CudaLayer layer, int heads, long states) {
        scaleMaxima(layer, heads, states, 1 / LN2);
    }

    private void scaleMaxima(CudaKvTable.CudaLayer layer, int heads, long states, double factor) {
        int blocks = Math.toIntExact(Math.ceilDiv((long) layer.rows() * heads, THREADS));
        gpu.launch(gpu.kernel(IMAGE, "attention_exponents"), blocks, 1, THREADS, 0, gpu.arguments()
                .pointer(layer.rowSpan()).pointer(states).integer(layer.rows()).integer(heads).real((float) factor));
    }

    /** Merges parts of one shape, in their order. */
    void merge(List<PartShapes.Part<CudaTensor>> parts, CudaTensor out) {
        int heads = parts.getFirst().states().cols() / 2;
        int blocks = Math.multiplyExact(out.rows(), heads);
        if (blocks == 0) {
            return;
        }
        long states = parts.size() > PARTS ? scratch.buffer(Scratch.Use.ATTENTION, (long) FLOAT2 * blocks) : 0;
        for (int from = 0; from < parts.size(); from += PARTS) {
            List<PartShapes.Part<CudaTensor>> some = parts.subList(from, Math.min(parts.size(), from + PARTS));
            Arguments arguments = gpu.arguments();
            for (int i = 0; i < PARTS; i++) {
                arguments.pointer(i < some.size() ? some.get(i).sums().address() : 0);
            }
            for (int i = 0; i < PARTS; i++) {
                arguments.pointer(i < some.size() ? some.get(i).states().address() : 0);
            }
            gpu.launch(gpu.kernel(IMAGE, "attention_merge"), blocks, 1, MERGE_THREADS, 0,
                    arguments.integer(some.size()).pointer(states).integer(from == 0 ? 1 : 0)
                            .integer(from + PARTS >= parts.size() ? 1 : 0).integer(out.cols() / heads).pointer(out));
        }
    }
}
