/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.support.KvShapes;
import io.pinyon.error.EngineException;

/** What is checked before attention in parts: {@code PIN-OP-SHAPE}, and {@code PIN-OP-ALIAS} for shared memory. */
final class PartChecks {
    private static final String ATTENTION = "attention";
    private static final String MERGE = "mergeAttention";

    private PartChecks() {}

    /** Checks attention over a range of entries of a step of so many rows. */
    static void attention(CudaTensor queries, int rows, KvLayout layout, AttentionSpec spec, int from, int to,
            PartKernels.Part out) {
        require(0 <= from && from <= to, ATTENTION, "entries " + from + " to " + to, "needs 0 <= from <= to");
        KvShapes.attention(queries, rows, layout, spec, out.sums());
        require(out.states().rows() == rows && out.states().cols() == 2L * spec.heads(), ATTENTION,
                "states " + out.states() + " for " + rows + " rows of " + spec,
                "states needs the step's rows and 2 * heads columns");
        apart(ATTENTION, queries, out.states());
        apart(ATTENTION, out.sums(), out.states());
    }

    /** Checks the merging of parts. */
    static void merge(List<PartKernels.Part> parts, CudaTensor out) {
        require(!parts.isEmpty(), MERGE, "no parts", "give at least one");
        for (PartKernels.Part part : parts) {
            require(part.sums().rows() == out.rows() && part.sums().cols() == out.cols(), MERGE,
                    "sums " + part.sums() + " against out " + out, "both need the same shape");
            int columns = part.states().cols();
            require(part.states().rows() == out.rows() && columns % 2 == 0 && out.cols() % (columns / 2) == 0
                    && columns == parts.getFirst().states().cols(), MERGE,
                    "states " + part.states() + " against sums " + part.sums(),
                    "sums needs heads * valueDim columns, states 2 * heads, and both as many rows");
            apart(MERGE, part.sums(), out);
            apart(MERGE, part.states(), out);
        }
    }

    private static void require(boolean ok, String op, String what, String rule) {
        if (!ok) {
            throw new EngineException("PIN-OP-SHAPE", op + ": " + what, rule);
        }
    }

    private static void apart(String op, CudaTensor left, CudaTensor right) {
        if (left.overlaps(right)) {
            throw new EngineException("PIN-OP-ALIAS", op + ": " + left + " shares memory with " + right,
                    "give the output its own memory");
        }
    }
}
