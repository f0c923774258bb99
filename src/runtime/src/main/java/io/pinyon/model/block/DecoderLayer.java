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

    /** The norm that reads the residual stream first. */
    Norm firstNorm() {
        return attentionNorm;
    }

    /**
     * From {@code hidden} and {@code normed}, which the first norm has written, to {@code hidden}.
     *
     * @param following the norm that reads the result next, here already and into {@code normed}; empty for none
     */
    void forward(Ops ops, Workspace work, int layer, Optional<Norm> following) {
        attention.forward(ops, work, work.table().layer(layer));
        add(ops, work, attentionPostNorm, Optional.of(mlpNorm));
        mlp.forward(ops, work);
        add(ops, work, mlpPostNorm, following);
    }

    private static void add(Ops ops, Workspace work, Optional<Norm> postNorm, Optional<Norm> following) {
        postNorm.ifPresent(norm -> norm.apply(ops, work.result(), work.result()));
        following.ifPresentOrElse(norm -> norm.applyToSum(ops, work.hidden(), work.result(), work.normed()),
                () -> ops.add(work.hidden(), work.result()));
    }
}
