/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.support;

import java.util.Optional;

import io.pinyon.device.IntTensor;
import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.error.EngineException;

/**
 * What every device checks before an op runs; one method per op of {@link io.pinyon.device.Ops}, with the same
 * arguments. Ops on cached keys and values are checked by {@link KvShapes}.
 *
 * <p>All throw {@link EngineException}: {@code PIN-OP-SHAPE} for shapes that do not match, {@code PIN-OP-TOKEN} and
 * {@code PIN-OP-ROW} for indices that the host knows to be out of range, {@code PIN-OP-ALIAS} for an output that must not share an input's memory.
 */
public final class Shapes {
    private static final int SAMPLE_SETTINGS = 5;

    private Shapes() {}

    /** Checks {@link io.pinyon.device.Ops#embed}. */
    public static void embed(WeightMatrix table, KnownInts tokens, Placed out) {
        require(table.cols() == out.cols(), "embed", "table", table, "out", out, "out needs the columns of the table");
        require(tokens.length() == out.rows(), "embed", "tokens", tokens, "out", out, "out needs one row per token");
        Optional<int[]> known = tokens.known();
        for (int i = 0; known.isPresent() && i < tokens.length(); i++) {
            int token = known.get()[i];
            if (token < 0 || token >= table.rows()) {
                throw new EngineException("PIN-OP-TOKEN",
                        "embed: token " + token + " at row " + i + " of a vocabulary of " + table.rows(),
                        "use the tokenizer of the same model");
            }
        }
    }

    /** Checks {@link io.pinyon.device.Ops#rmsNorm}. */
    public static void rmsNorm(Placed x, Placed weight, Placed out) {
        row("rmsNorm", x, "weight", weight);
        same("rmsNorm", "x", x, "out", out);
        sameOrApart("rmsNorm", x, out);
        apart("rmsNorm", weight, out);
    }

    /** Checks {@link io.pinyon.device.Ops#matmul(io.pinyon.device.Tensor, io.pinyon.device.WeightMatrix,
     * io.pinyon.device.Tensor)}. */
    public static void matmul(Placed x, WeightMatrix weights, Placed out) {
        require(x.cols() == weights.cols(), "matmul", "x", x, "weights", weights,
                "x needs as many columns as the weights");
        require(out.cols() == weights.rows(), "matmul", "weights", weights, "out", out,
                "out needs as many columns as the weights have rows");
        require(x.rows() == out.rows(), "matmul", "x", x, "out", out, "out needs as many rows as x");
        apart("matmul", x, out);
    }

    /** Checks {@link io.pinyon.device.Ops#addBias}. */
    public static void addBias(Placed x, Placed bias) {
        row("addBias", x, "bias", bias);
        apart("addBias", bias, x);
    }

    /** Checks {@link io.pinyon.device.Ops#add}. */
    public static void add(Placed x, Placed y) {
        same("add", "x", x, "y", y);
        sameOrApart("add", y, x);
    }

    /** Checks {@link io.pinyon.device.Ops#softcap}. */
    public static void softcap(Placed x, float cap) {
        require(cap > 0, "softcap", "cap", cap, "x", x, "the cap must be positive");
    }

    /** Checks {@link io.pinyon.device.Ops#gatedActivation}. */
    public static void gatedActivation(Placed gate, Placed up, Placed out) {
        same("gatedActivation", "gate", gate, "up", up);
        same("gatedActivation", "gate", gate, "out", out);
        sameOrApart("gatedActivation", gate, out);
        sameOrApart("gatedActivation", up, out);
    }

    /** Checks {@link io.pinyon.device.Ops#ropeAngles}. */
    public static void ropeAngles(Rope rope, KnownInts positions, Placed out) {
        require(positions.length() == out.rows(), "ropeAngles", "positions", positions, "out", out,
                "out needs one row per position");
        require(rope.dim() == out.cols(), "ropeAngles", "rope of dimension", rope.dim(), "out", out,
                "out needs a column per turned element");
    }

    /** Checks {@link io.pinyon.device.Ops#rope}. */
    public static void rope(Placed x, int headDim, Placed angles) {
        require(headDim > 0 && x.cols() % headDim == 0, "rope", "x", x, "head dimension", headDim,
                "the columns of x must be whole heads");
        require(angles.cols() <= headDim && angles.cols() % 2 == 0, "rope", "angles", angles, "head dimension",
                headDim, "an even number of elements of a head can be turned");
        require(angles.rows() == x.rows(), "rope", "x", x, "angles", angles, "angles needs as many rows as x");
        apart("rope", angles, x);
    }

    /** Checks {@link io.pinyon.device.Ops#gatherRows}. */
    public static void gatherRows(Placed x, KnownInts rows, Placed out) {
        require(x.cols() == out.cols(), "gatherRows", "x", x, "out", out, "out needs the columns of x");
        require(rows.length() == out.rows(), "gatherRows", "rows", rows, "out", out, "out needs one row per index");
        apart("gatherRows", x, out);
        Optional<int[]> known = rows.known();
        for (int i = 0; known.isPresent() && i < rows.length(); i++) {
            int row = known.get()[i];
            if (row < 0 || row >= x.rows()) {
                throw new EngineException("PIN-OP-ROW", "gatherRows: row " + row + " of x " + x,
                        "stay within the rows of x");
            }
        }
    }

    /** Checks {@link io.pinyon.device.Ops#sample}. */
    public static void sample(Tensor logits, Tensor settings, IntTensor out) {
        require(settings.rows() == logits.rows() && settings.cols() == SAMPLE_SETTINGS, "sample", "logits", logits,
                "settings", settings, "settings needs as many rows as logits, and " + SAMPLE_SETTINGS + " columns");
        require(out.length() == logits.rows(), "sample", "logits", logits, "out", out,
                "out needs one place per row");
    }

    static void require(boolean ok, String op, String leftName, Object left, String rightName, Object right,
            String rule) {
        if (!ok) {
            throw new EngineException("PIN-OP-SHAPE",
                    op + ": " + leftName + " " + left + " against " + rightName + " " + right, rule);
        }
    }

    static void apart(String op, Placed input, Placed out) {
        if (input.overlaps(out)) {
            throw new EngineException("PIN-OP-ALIAS",
                    op + ": an input " + input + " shares memory with the output " + out,
                    "give the output its own memory");
        }
    }

    private static void sameOrApart(String op, Placed input, Placed out) {
        if (!input.startsWith(out)) {
            apart(op, input, out);
        }
    }

    private static void row(String op, Placed x, String name, Placed row) {
        require(row.rows() == 1 && row.cols() == x.cols(), op, "x", x, name, row,
                name + " needs one row and the columns of x");
    }

    private static void same(String op, String leftName, Placed left, String rightName, Placed right) {
        require(left.rows() == right.rows() && left.cols() == right.cols(), op, leftName, left, rightName, right,
                "both need the same shape");
    }
}
