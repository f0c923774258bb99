/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import io.pinyon.device.Activation;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Features;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.config.Naming;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.TensorNames;

/** What the generations of Gemma have in common. */
final class Gemma {
    private static final TensorNames NAMES = TensorNames.common()
            .with(Role.ATTENTION_POST_NORM, "post_attention_layernorm", "post_attention_norm")
            .with(Role.MLP_NORM, "pre_feedforward_layernorm", "ffn_norm")
            .with(Role.MLP_POST_NORM, "post_feedforward_layernorm", "post_ffw_norm");

    private Gemma() {}

    static TensorNames names() {
        return NAMES;
    }

    /**
     * A decoder with norms around the blocks and scaled embeddings. The scale is rounded to float32, as activations
     * are; reference implementations round it to the type that they compute in.
     */
    static DecoderConfig decoder(Hyperparameters parameters, DecoderConfig.Attention attention, float finalSoftcap) {
        Parts.refusePartialRope(parameters);
        Features.refuseIf(parameters.mlpBias(), "MLP biases");
        // Checkpoints store the factors of norms less one; converters to GGUF add it.
        float offset = parameters.naming() == Naming.HUGGING_FACE ? 1 : 0;
        var norms = new DecoderConfig.Norms(parameters.epsilon(), offset, true);
        var mlp = new DecoderConfig.Mlp(parameters.activation().orElse(Activation.GELU_TANH), false, false);
        return new DecoderConfig(parameters.model(), attention, mlp, norms,
                (float) Math.sqrt(parameters.model().hiddenSize()), finalSoftcap, parameters.tied());
    }

    /**
     * Factor on scores. The largest model of each generation divides by the width per head instead of the dimension of
     * a head, which GGUF files leave to be known.
     *
     * @param layersOfLargest number of layers by which the largest model is told
     */
    static float scale(Hyperparameters parameters, int layersOfLargest) {
        ModelConfig model = parameters.model();
        float largest = (float) (1 / Math.sqrt((double) model.hiddenSize() / model.heads()));
        return parameters.attentionScale()
                .orElse(model.layers() == layersOfLargest ? largest : Parts.scale(model));
    }
}
