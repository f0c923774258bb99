/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.device.Activation;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.config.RopeParameters;
import io.pinyon.model.config.RopeScaling;
import io.pinyon.model.weight.TensorNames;

/**
 * Gemma 3 (arXiv 2503.19786): five layers with a window to one without, each kind with its own rotary base, and
 * normalised heads. Of models that also see, the text part.
 */
public final class Gemma3 implements Family {
    private static final int LAYERS_OF_27B = 62;
    private static final int WINDOW_PERIOD = 6;
    private static final double SLIDING_BASE = 10_000;

    @Override
    public String name() {
        return "gemma3";
    }

    @Override
    public List<String> huggingFaceNames() {
        return List.of("Gemma3ForCausalLM", "Gemma3ForConditionalGeneration", "gemma3_text", "gemma3");
    }

    @Override
    public Map<String, Object> huggingFaceDefaults() {
        return Map.ofEntries(Map.entry("num_attention_heads", 8), Map.entry("num_key_value_heads", 4),
                Map.entry("head_dim", 256), Map.entry("query_pre_attn_scalar", 256),
                Map.entry("vocab_size", 262_208), Map.entry("max_position_embeddings", 131_072),
                Map.entry("rms_norm_eps", 1e-6), Map.entry("rope_theta", 1e6),
                Map.entry("rope_local_base_freq", SLIDING_BASE), Map.entry("sliding_window", 4096),
                Map.entry("hidden_activation", "gelu_pytorch_tanh"), Map.entry("tie_word_embeddings", true));
    }

    @Override
    public DecoderConfig configure(Hyperparameters parameters) {
        RopeParameters sliding = parameters.slidingRope()
                .orElse(new RopeParameters(SLIDING_BASE, parameters.rope().dim(), new RopeScaling.None()));
        var attention = new DecoderConfig.Attention(Parts.style(parameters, this), parameters.rope(),
                Optional.of(sliding), Parts.windows(parameters, layer -> (layer + 1) % WINDOW_PERIOD != 0),
                Gemma.scale(parameters, LAYERS_OF_27B), parameters.attentionSoftcap(), false, true,
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
