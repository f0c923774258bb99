/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * Causal attention of one layer: {@code softmax(cap(scale * q k^T)) v} over the keys a query may see.
 *
 * <p>Query head {@code h} reads KV head {@code h / (heads / kvHeads)} (grouped-query attention, arXiv 2305.13245). A query
 * at position {@code p} sees the keys at positions {@code j <= p}, and with a window only those with
 * {@code p - j < window}.
 *
 * @param heads query heads, a multiple of {@code kvHeads}
 * @param kvHeads KV heads
 * @param keyDim elements of a query and of a key
 * @param valueDim elements of a value and of an output head
 * @param scale factor on the scores, usually {@code 1/sqrt(keyDim)}
 * @param softcap if positive, scores become {@code softcap * tanh(score / softcap)} (Gemma 2); 0 for none
 * @param window sliding window in tokens (arXiv 2310.06825); 0 for none
 */
public record AttentionSpec(int heads, int kvHeads, int keyDim, int valueDim, float scale, float softcap, int window) {
    /** First position that a query at {@code position} sees. */
    public int firstVisible(int position) {
        return window == 0 ? 0 : Math.max(0, position - window + 1);
    }
}
