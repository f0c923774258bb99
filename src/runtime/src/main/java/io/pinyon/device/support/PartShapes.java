/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.support;

import java.util.List;
import java.util.function.Function;

import io.pinyon.device.AttentionPart;
import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.Tensor;

/**
 * What every device checks before attention over a range of entries and before merging, as {@link KvShapes} does for all
 * entries.
 *
 * <p>All throw {@link io.pinyon.error.EngineException}: {@code PIN-OP-SHAPE} for shapes that do not match, ranges that
 * are none, and no parts at all; {@code PIN-OP-ALIAS} for an output that shares memory with an input or another output.
 */
public final class PartShapes {
    private static final String ATTENTION = "attention";
    private static final String MERGE = "mergeAttention";

    /**
     * The tensors of an {@link AttentionPart} as those of one device.
     *
     * @param sums {@code [rows, heads * valueDim]}
     * @param states {@code [rows, 2 * heads]}
     * @param <T> the device's tensors
     */
    public record Part<T extends Placed>(T sums, T states) {
        /**
         * The same part.
         *
         * @param device refuses tensors of other devices
         */
        public static <T extends Placed> Part<T> of(AttentionPart part, Function<Tensor, T> device) {
            return new Part<>(device.apply(part.sums()), device.apply(part.states()));
        }
    }

    private PartShapes() {}

    /**
     * Checks {@link io.pinyon.device.Ops#attention(Tensor, io.pinyon.device.KvTable.Layer, AttentionSpec, int, int,
     * AttentionPart)}.
     *
     * @param rows rows of the step that the table was written for
     * @param layout layout of the layer
     */
    public static void attention(Placed queries, int rows, KvLayout layout, AttentionSpec spec, int from, int to,
            Part<?> out) {
        Shapes.require(0 <= from && from <= to, ATTENTION, "from", from, "to", to, "needs 0 <= from <= to");
        KvShapes.attention(queries, rows, layout, spec, out.sums());
        Shapes.require(out.states().rows() == rows, ATTENTION, "states", out.states(), "a table written for rows", rows,
                "a step's tensors have as many rows as its table was written for");
        Shapes.require(out.states().cols() == 2L * spec.heads(), ATTENTION, "states", out.states(), "spec", spec,
                "states needs 2 * heads columns");
        Shapes.apart(ATTENTION, queries, out.states());
        Shapes.apart(ATTENTION, out.sums(), out.states());
    }

    /**
     * Checks {@link io.pinyon.device.Ops#mergeAttention}.
     *
     * @param parts at least one, all of one shape
     */
    public static void merge(List<? extends Part<?>> parts, Placed out) {
        Shapes.require(!parts.isEmpty(), MERGE, "parts", parts.size(), "out", out, "give at least one part");
        Placed sums = parts.getFirst().sums();
        Placed states = parts.getFirst().states();
        Shapes.require(states.rows() == sums.rows() && states.cols() % 2 == 0
                && sums.cols() % (states.cols() / 2) == 0, MERGE, "sums", sums, "states", states,
                "sums needs heads * valueDim columns, states 2 * heads, and both as many rows");
        for (Part<?> part : parts) {
            same("sums", sums, "another part's", part.sums());
            same("states", states, "another part's", part.states());
            Shapes.apart(MERGE, part.sums(), out);
            Shapes.apart(MERGE, part.states(), out);
        }
        same("sums", sums, "out", out);
    }

    private static void same(String leftName, Placed left, String rightName, Placed right) {
        Shapes.require(left.rows() == right.rows() && left.cols() == right.cols(), MERGE, leftName, left, rightName,
                right, "both need the same shape");
    }
}
