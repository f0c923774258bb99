/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.List;
import java.util.Optional;

import io.pinyon.device.Activation;
import io.pinyon.device.Rope;
import io.pinyon.model.ModelConfig;

/**
 * A dense decoder as switches of the shared blocks.
 *
 * @param model sizes
 * @param attention attention of every layer
 * @param mlp MLP of every layer
 * @param norms normalisation
 * @param embeddingScale factor on embeddings
 * @param finalSoftcap cap on logits; 0 for none
 * @param tied whether the embedding is the output matrix as well
 */
public record DecoderConfig(ModelConfig model, Attention attention, Mlp mlp, Norms norms, float embeddingScale,
        float finalSoftcap, boolean tied) {
    /**
     * Attention.
     *
     * @param style how elements turn together
     * @param rope rotary embedding of layers without a window
     * @param slidingRope rotary embedding of layers with a window, if they have their own
     * @param windows window of each layer in tokens; 0 for none
     * @param scale factor on scores
     * @param softcap cap on scores; 0 for none
     * @param fused whether query, key and value are one matrix in the file
     * @param headNorms whether each head of queries and keys is normalised
     * @param bias whether query, key and value have biases
     * @param outputBias whether the output projection has one
     */
    public record Attention(Rope.Style style, RopeParameters rope, Optional<RopeParameters> slidingRope,
            List<Integer> windows, float scale, float softcap, boolean fused, boolean headNorms, boolean bias,
            boolean outputBias) {
        /** Copies the windows. */
        public Attention {
            windows = List.copyOf(windows);
        }

        /** Rotary embedding of a layer. */
        public RopeParameters rope(int layer) {
            return windows.get(layer) > 0 ? slidingRope.orElse(rope) : rope;
        }
    }

    /**
     * Gated MLP.
     *
     * @param activation of the gate
     * @param fused whether gate and up are one matrix in the file
     * @param bias whether the matrices have biases
     */
    public record Mlp(Activation activation, boolean fused, boolean bias) {}

    /**
     * Root-mean-square normalisation.
     *
     * @param epsilon added to the mean square
     * @param offset added to the factors in the file
     * @param afterBlocks whether the results of attention and MLP are normalised too, before they are added
     */
    public record Norms(float epsilon, float offset, boolean afterBlocks) {}
}
