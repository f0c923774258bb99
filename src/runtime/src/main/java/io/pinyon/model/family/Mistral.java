/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Features;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.weight.TensorNames;

/** Mistral (arXiv 2310.06825): Llama with a sliding window in every layer. GGUF files call it {@code llama}. */
public final class Mistral implements Family {
    @Override
    public String name() {
        return "mistral";
    }

    @Override
    public String ggufArchitecture() {
        return "llama";
    }

    @Override
    public List<String> huggingFaceNames() {
        return List.of("MistralForCausalLM", "mistral");
    }

    @Override
    public Map<String, Object> huggingFaceDefaults() {
        return Map.of("num_key_value_heads", 8, "sliding_window", 4096);
    }

    @Override
    public DecoderConfig configure(Hyperparameters parameters) {
        Parts.refuseSoftcaps(parameters);
        Parts.refusePartialRope(parameters);
        Features.refuseIf(parameters.attentionBias() || parameters.outputBias(), "attention biases");
        Features.refuseIf(parameters.mlpBias(), "MLP biases");
        var attention = new DecoderConfig.Attention(Parts.style(parameters, this), parameters.rope(), Optional.empty(),
                Parts.uniformWindows(parameters), Parts.scale(parameters.model()), 0, false, false, false, false);
        return new DecoderConfig(parameters.model(), attention, Parts.mlp(parameters), Parts.norms(parameters), 1, 0,
                parameters.tied());
    }

    @Override
    public TensorNames tensorNames() {
        return TensorNames.common();
    }

    @Override
    public boolean neighboursInGguf() {
        return true;
    }
}
