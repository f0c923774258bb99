/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.device.Activation;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.weight.TensorNames;

/** Gemma 2 (arXiv 2408.00118): a window in every other layer, scores and logits capped. */
public final class Gemma2 implements Family {
    private static final int LAYERS_OF_27B = 46;
    private static final int WINDOW_PERIOD = 2;

    @Override
    public String name() {
        return "gemma2";
    }

    @Override
    public List<String> huggingFaceNames() {
        return List.of("Gemma2ForCausalLM", "gemma2");
    }

    @Override
    public Map<String, Object> huggingFaceDefaults() {
        return Map.of("head_dim", 256, "query_pre_attn_scalar", 256, "hidden_activation", "gelu_pytorch_tanh",
                "tie_word_embeddings", true, "sliding_window", 4096);
    }

    @Override
    public DecoderConfig configure(Hyperparameters parameters) {
        var attention = new DecoderConfig.Attention(Parts.style(parameters, this), parameters.rope(), Optional.empty(),
                Parts.windows(parameters, layer -> (layer + 1) % WINDOW_PERIOD != 0),
                Gemma.scale(parameters, LAYERS_OF_27B), parameters.attentionSoftcap(), false, false,
                parameters.attentionBias(), parameters.outputBias());
        return Gemma.decoder(parameters, attention, parameters.finalSoftcap());
    }

    @Override
    public Activation ggufActivation() {
        return Activation.GELU_TANH;
    }

    @Override
    public TensorNames tensorNames() {
        return Gemma.names();
    }
}
