/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Features;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.weight.TensorNames;

/** Qwen 2 and 2.5 (arXiv 2407.10671, 2412.15115): biases on query, key and value; any window is in the upper layers. */
public final class Qwen2 implements Family {
    /** From which layer on there is a window, where a file has one without saying where. */
    private static final int MAX_WINDOW_LAYERS = 28;

    @Override
    public String name() {
        return "qwen2";
    }

    @Override
    public List<String> huggingFaceNames() {
        return List.of("Qwen2ForCausalLM", "qwen2");
    }

    @Override
    public Map<String, Object> huggingFaceDefaults() {
        return Map.of("use_sliding_window", false, "max_window_layers", MAX_WINDOW_LAYERS);
    }

    @Override
    public DecoderConfig configure(Hyperparameters parameters) {
        Parts.refuseSoftcaps(parameters);
        Parts.refusePartialRope(parameters);
        Features.refuseIf(parameters.mlpBias(), "MLP biases");
        var attention = new DecoderConfig.Attention(Parts.style(parameters, this), parameters.rope(), Optional.empty(),
                Parts.windows(parameters, layer -> layer >= MAX_WINDOW_LAYERS), Parts.scale(parameters.model()), 0,
                false, false, true, false);
        return new DecoderConfig(parameters.model(), attention, Parts.mlp(parameters), Parts.norms(parameters), 1, 0,
                parameters.tied());
    }

    @Override
    public TensorNames tensorNames() {
        return TensorNames.common();
    }
}
