/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import java.util.List;
import java.util.Optional;

import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.weight.TensorNames;

/** Llama 1 to 3.3 (arXiv 2302.13971, 2307.09288, 2407.21783) and the many models of the same build. */
public final class Llama implements Family {
    @Override
    public String name() {
        return "llama";
    }

    @Override
    public List<String> huggingFaceNames() {
        return List.of("LlamaForCausalLM", "llama");
    }

    @Override
    public DecoderConfig configure(Hyperparameters parameters) {
        Parts.refuseSoftcaps(parameters);
        Parts.refusePartialRope(parameters);
        var attention = new DecoderConfig.Attention(Parts.style(parameters, this), parameters.rope(), Optional.empty(),
                Parts.ggufWindows(parameters), parameters.attentionScale().orElse(Parts.scale(parameters.model())),
                0, false, false, parameters.attentionBias(), parameters.outputBias());
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
