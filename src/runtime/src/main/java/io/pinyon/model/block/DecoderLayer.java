/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.Optional;

import io.pinyon.device.Ops;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.WeightLoader;

/**
 * Attention and MLP, each read from and added to the residual stream: {@code x += [norm](block(norm(x)))}, the outer
 * norm only in families that have it.
 */
final class DecoderLayer {
    private final Norm attentionNorm;
    private final AttentionBlock attention;
    private final Optional<Norm> attentionPostNorm;
    private final Norm mlpNorm;
    private final MlpBlock mlp;
    private final Optional<Norm> mlpPostNorm;

    private DecoderLayer(WeightLoader loader, int layer, int ropeIndex) {
        int hidden = loader.config().model().hiddenSize();
        boolean after = loader.config().norms().afterBlocks();
        attentionNorm = Norm.load(loader, Role.ATTENTION_NORM, layer, hidden);
        attention = AttentionBlock.load(loader, layer, ropeIndex);
        attentionPostNorm = after
                ? Optional.of(Norm.load(loader, Role.ATTENTION_POST_NORM, layer, hidden))
                : Optional.empty();
        mlpNorm = Norm.load(loader, Role.MLP_NORM, layer, hidden);
        mlp = MlpBlock.load(loader, layer);
        mlpPostNorm = after ? Optional.of(Norm.load(loader, Role.MLP_POST_NORM, layer, hidden)) : Optional.empty();
    }

    static DecoderLayer load(WeightLoader loader, int layer, int ropeIndex) {
        return new DecoderLayer(loader, layer, ropeIndex);
    }

    void forward(Ops ops, Workspace work, int layer) {
        attentionNorm.apply(ops, work.hidden(), work.normed());
        attention.forward(ops, work, work.table().layer(layer));
        add(ops, work, attentionPostNorm);
        mlpNorm.apply(ops, work.hidden(), work.normed());
        mlp.forward(ops, work);
        add(ops, work, mlpPostNorm);
    }

    private static void add(Ops ops, Workspace work, Optional<Norm> postNorm) {
        postNorm.ifPresent(norm -> norm.apply(ops, work.result(), work.result()));
        ops.add(work.hidden(), work.result());
    }
}
