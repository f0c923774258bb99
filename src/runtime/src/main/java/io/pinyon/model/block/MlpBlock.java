/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.List;

import io.pinyon.device.Activation;
import io.pinyon.device.Ops;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.WeightLoader;

/** Gated MLP (arXiv 2002.05202): {@code down(activation(gate(x)) * up(x))}. */
final class MlpBlock {
    private final List<Linear> gateAndUp;
    private final Linear down;
    private final Activation activation;

    private MlpBlock(List<Linear> gateAndUp, Linear down, Activation activation) {
        this.gateAndUp = gateAndUp;
        this.down = down;
        this.activation = activation;
    }

    static MlpBlock load(WeightLoader loader, int layer) {
        ModelConfig model = loader.config().model();
        DecoderConfig.Mlp config = loader.config().mlp();
        int width = model.feedForwardSize();
        int hidden = model.hiddenSize();
        List<Linear> gateAndUp = config.fused()
                ? Linear.loadFused(loader, Role.GATE_UP, layer, List.of(width, width), hidden, config.bias())
                : List.of(Linear.load(loader, Role.GATE, layer, width, hidden, config.bias()),
                        Linear.load(loader, Role.UP, layer, width, hidden, config.bias()));
        return new MlpBlock(gateAndUp, Linear.load(loader, Role.DOWN, layer, hidden, width, config.bias()),
                config.activation());
    }

    /** From {@code normed} to {@code result}. */
    void forward(Ops ops, Workspace work) {
        Linear.apply(ops, work.normed(), gateAndUp, work.gate(), work.up());
        ops.gatedActivation(activation, work.gate(), work.up(), work.gate());
        down.apply(ops, work.gate(), work.result());
    }
}
