/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

/**
 * What all families have in common.
 *
 * @param architecture the registry's name of the family, for example {@code llama}
 * @param name the model's own name, or empty
 * @param layers number of layers
 * @param hiddenSize width of the residual stream
 * @param heads query heads
 * @param kvHeads KV heads
 * @param headDim elements of a head
 * @param feedForwardSize width of the MLP
 * @param vocabularySize number of logits
 * @param contextLength tokens that the model was trained for
 */
public record ModelConfig(String architecture, String name, int layers, int hiddenSize, int heads, int kvHeads,
        int headDim, int feedForwardSize, int vocabularySize, int contextLength) {}
