/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import java.util.List;
import java.util.Optional;

import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Features;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.TensorNames;

/** Phi-3, 3.5 and 4 (arXiv 2404.14219): fused matrices, and rotary embedding of a part of the head where it says so. */
public final class Phi3 implements Family {
    private static final TensorNames NAMES = TensorNames.common()
            .with(Role.QUERY_KEY_VALUE, "self_attn.qkv_proj", "attn_qkv")
            .with(Role.GATE_UP, "mlp.gate_up_proj", "ffn_up");

    @Override
    public String name() {
        return "phi3";
    }

    @Override
    public List<String> huggingFaceNames() {
        return List.of("Phi3ForCausalLM", "phi3");
    }

    @Override
    public DecoderConfig configure(Hyperparameters parameters) {
        Parts.refuseSoftcaps(parameters);
        Features.refuseIf(parameters.attentionBias() || parameters.outputBias(), "attention biases");
        Features.refuseIf(parameters.mlpBias(), "MLP biases");
        var attention = new DecoderConfig.Attention(Parts.style(parameters, this), parameters.rope(), Optional.empty(),
                Parts.uniformWindows(parameters), Parts.scale(parameters.model()), 0, true, false, false, false);
        var mlp = new DecoderConfig.Mlp(Parts.mlp(parameters).activation(), true, false);
        return new DecoderConfig(parameters.model(), attention, mlp, Parts.norms(parameters), 1, 0,
                parameters.tied());
    }

    @Override
    public TensorNames tensorNames() {
        return NAMES;
    }
}
