/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;

/**
 * The op set of a device: all that a model's forward pass asks for.
 *
 * <p>Activations are float32, row-major, one row per token unless said otherwise. All tensors must come from the same
 * device as the ops; shapes are checked before anything runs and a mismatch is a
 * {@link io.pinyon.error.EngineException} with code {@code PIN-OP-SHAPE} that names the op and both shapes. Outputs may
 * be the same tensor as an input only where that is said. Ops of one device are issued by one thread at a time and take
 * effect in order; on asynchronous devices only {@link Device#read} waits.
 */
public interface Ops {
    /**
     * {@code out[r] = scale * table[tokens[r]]}.
     *
     * @param table {@code [vocabulary, dim]}
     * @param tokens {@code [rows]}; each in {@code [0, vocabulary)}
     * @param scale factor on every element
     * @param out {@code [rows, dim]}
     */
    void embed(WeightMatrix table, IntTensor tokens, float scale, Tensor out);

    /**
     * Root-mean-square normalisation of each row (arXiv 1910.07467):
     * {@code out = x / sqrt(mean(x^2) + epsilon) * weight}.
     *
     * @param x {@code [rows, dim]}
     * @param weight {@code [1, dim]}
     * @param epsilon added to the mean square
     * @param out {@code [rows, dim]}; may be {@code x}
     */
    void rmsNorm(Tensor x, Tensor weight, float epsilon, Tensor out);

    /**
     * {@code out = x weights^T}.
     *
     * @param x {@code [rows, k]}
     * @param weights {@code [n, k]} in any format that the device has a kernel for
     * @param out {@code [rows, n]}
     */
    void matmul(Tensor x, WeightMatrix weights, Tensor out);

    /**
     * Several products with the same left side, for example query, key and value.
     *
     * @param x {@code [rows, k]}
     * @param projections right sides and outputs
     */
    default void matmul(Tensor x, List<Projection> projections) {
        for (Projection projection : projections) {
            matmul(x, projection.weights(), projection.out());
        }
    }

    /**
     * {@code x[r] += bias} for every row.
     *
     * @param x {@code [rows, dim]}
     * @param bias {@code [1, dim]}
     */
    void addBias(Tensor x, Tensor bias);

    /**
     * {@code x += y}.
     *
     * @param x {@code [rows, dim]}
     * @param y {@code [rows, dim]}
     */
    void add(Tensor x, Tensor y);

    /**
     * {@code x *= factor}.
     *
     * @param x any shape
     */
    void scale(Tensor x, float factor);

    /**
     * {@code x = cap * tanh(x / cap)} (Gemma 2, arXiv 2408.00118).
     *
     * @param x any shape
     * @param cap positive
     */
    void softcap(Tensor x, float cap);

    /**
     * {@code out = activation(gate) * up} (arXiv 2002.05202).
     *
     * @param gate {@code [rows, dim]}
     * @param up {@code [rows, dim]}
     * @param out {@code [rows, dim]}; may be {@code gate} or {@code up}
     */
    void gatedActivation(Activation activation, Tensor gate, Tensor up, Tensor out);

    /**
     * Cosines and sines of a step's positions, computed once and used by every layer:
     * {@code out[r, i] = magnitude * cos(positions[r] * inverseFrequencies[i])}, the sines behind the cosines.
     *
     * @param positions {@code [rows]}
     * @param out {@code [rows, rope.dim()]}
     */
    void ropeAngles(Rope rope, IntTensor positions, Tensor out);

    /**
     * Turns the leading {@code angles.cols()} elements of each head in place.
     *
     * @param x {@code [rows, heads * headDim]}
     * @param headDim elements of a head, at least {@code angles.cols()}
     * @param angles from {@link #ropeAngles}
     * @param style how elements are paired
     */
    void rope(Tensor x, int headDim, Tensor angles, Rope.Style style);

    /**
     * Encodes keys and values into their pages.
     *
     * @param keys {@code [rows, kvHeads * keyDim]}
     * @param values {@code [rows, kvHeads * valueDim]}
     * @param entries which rows go to which entries, as the table was last written
     */
    void storeKv(Tensor keys, Tensor values, KvTable.Layer entries);

    /**
     * Causal attention of each span's rows over its own entries, which {@link #storeKv} has stored up to the row's own.
     *
     * @param queries {@code [rows, heads * keyDim]}
     * @param entries rows and entries, as the table was last written
     * @param spec heads, scale, window
     * @param out {@code [rows, heads * valueDim]}; rows of no span are left as they are
     */
    void attention(Tensor queries, KvTable.Layer entries, AttentionSpec spec, Tensor out);

    /**
     * {@link #attention} over those entries alone that lie in a range, to be merged with the rest.
     *
     * @param queries {@code [rows, heads * keyDim]}
     * @param entries rows and entries, as the table was last written
     * @param spec heads, scale, window
     * @param from first entry that counts, at least 0
     * @param to entry after the last that counts, at least {@code from}; it may lie beyond what a row sees
     * @param out rows of no span are left as they are
     */
    void attention(Tensor queries, KvTable.Layer entries, AttentionSpec spec, int from, int to, AttentionPart out);

    /**
     * Merges attention over disjoint entries by log-sum-exp, in the order given: {@code out = o / l} of all together.
     *
     * @param parts at least one, all of the same shapes
     * @param out {@code [rows, heads * valueDim]}; 0 where no part has an entry
     */
    void mergeAttention(List<AttentionPart> parts, Tensor out);

    /**
     * {@link #add} and then {@link #rmsNorm} of the sum, which devices may do at once:
     * {@code x += y; out = x / sqrt(mean(x^2) + epsilon) * weight}.
     *
     * @param x {@code [rows, dim]}
     * @param y {@code [rows, dim]}
     * @param weight {@code [1, dim]}
     * @param epsilon added to the mean square
     * @param out {@code [rows, dim]}; shares no memory with {@code x}
     */
    default void addRmsNorm(Tensor x, Tensor y, Tensor weight, float epsilon, Tensor out) {
        add(x, y);
        rmsNorm(x, weight, epsilon, out);
    }

    /**
     * {@link #rope} of queries and keys and {@link #storeKv} of the turned keys, which devices may do at once.
     *
     * @param queries {@code [rows, heads * headDim]}, turned in place
     * @param keys {@code [rows, kvHeads * headDim]}; what they hold afterwards is undefined
     * @param values {@code [rows, kvHeads * valueDim]}
     * @param headDim elements of a query and of a key, at least {@code angles.cols()}
     * @param angles from {@link #ropeAngles}
     * @param style how elements are paired
     * @param entries which rows go to which entries, as the table was last written
     */
    default void ropeAndStore(Tensor queries, Tensor keys, Tensor values, int headDim, Tensor angles, Rope.Style style,
            KvTable.Layer entries) {
        rope(queries, headDim, angles, style);
        rope(keys, headDim, angles, style);
        storeKv(keys, values, entries);
    }

    /**
     * Copies rows: {@code out[i] = x[rows[i]]}.
     *
     * @param x {@code [n, dim]}
     * @param rows {@code [m]}, each in {@code [0, n)}
     * @param out {@code [m, dim]}
     */
    void gatherRows(Tensor x, IntTensor rows, Tensor out);

    /**
     * Chooses a token for each row of logits, every row by its own settings {@code [temperature, topK, topP, minP,
     * uniform]}.
     *
     * <p>A row with a logit that is not a number or positive infinity, or with nothing but negative infinities, gives -1.
     * Temperature 0 gives the smallest index among the greatest logits. Any other temperature chooses at random among what
     * these rules leave, where of equal logits the one of the smaller id is the better:
     * <ol>
     * <li>If {@code topK > 0}, the {@code topK} best are kept.
     * <li>If {@code topP < 1}: with {@code p} the softmax (at temperature 1) of what is left, the fewest best are kept whose
     * sum of {@code p} is at least {@code topP}, and at least one.
     * <li>If {@code minP > 0}, those with {@code logit >= max + ln(minP)} are kept.
     * <li>What is left weighs {@code exp((logit - max) / temperature)}; taken is the first, in order of id, at which the
     * sum of weights exceeds {@code uniform} times their total.
     * </ol>
     *
     * @param logits {@code [rows, vocabulary]}
     * @param settings {@code [rows, 5]}: temperature at least 0; topK a whole number, 0 for all; topP in (0, 1]; minP in
     *     [0, 1]; uniform in [0, 1), a random number
     * @param out {@code [rows]}, the chosen ids
     */
    void sample(Tensor logits, Tensor settings, IntTensor out);
}
