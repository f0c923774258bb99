/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.List;
import java.util.Optional;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvTable;
import io.pinyon.device.Ops;
import io.pinyon.device.Rope;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.WeightLoader;

/** Grouped-query attention with rotary positions over cached keys and values. */
final class AttentionBlock {
    private final List<Linear> projections;
    private final Optional<Norm> queryNorm;
    private final Optional<Norm> keyNorm;
    private final Linear output;
    private final int ropeIndex;
    private final Rope.Style ropeStyle;
    private final AttentionSpec spec;

    private AttentionBlock(List<Linear> projections, Optional<Norm> queryNorm, Optional<Norm> keyNorm, Linear output,
            int ropeIndex, Rope.Style ropeStyle, AttentionSpec spec) {
        this.projections = projections;
        this.queryNorm = queryNorm;
        this.keyNorm = keyNorm;
        this.output = output;
        this.ropeIndex = ropeIndex;
        this.ropeStyle = ropeStyle;
        this.spec = spec;
    }

    /** With the rotary embedding of an index in the workspace. */
    static AttentionBlock load(WeightLoader loader, int layer, int ropeIndex) {
        ModelConfig model = loader.config().model();
        DecoderConfig.Attention config = loader.config().attention();
        int queries = model.heads() * model.headDim();
        Optional<Norm> queryNorm = config.headNorms()
                ? Optional.of(Norm.load(loader, Role.QUERY_NORM, layer, model.headDim()))
                : Optional.empty();
        Optional<Norm> keyNorm = config.headNorms()
                ? Optional.of(Norm.load(loader, Role.KEY_NORM, layer, model.headDim()))
                : Optional.empty();
        AttentionSpec spec = new AttentionSpec(model.heads(), model.kvHeads(), model.headDim(), model.headDim(),
                config.scale(), config.softcap(), config.windows().get(layer));
        return new AttentionBlock(projections(loader, layer), queryNorm, keyNorm, Linear.load(loader,
                Role.ATTENTION_OUTPUT, layer, model.hiddenSize(), queries, config.outputBias()), ropeIndex,
                config.style(),
                spec);
    }

    /** Query, key and value. */
    private static List<Linear> projections(WeightLoader loader, int layer) {
        ModelConfig model = loader.config().model();
        boolean bias = loader.config().attention().bias();
        int queries = model.heads() * model.headDim();
        int keys = model.kvHeads() * model.headDim();
        if (loader.config().attention().fused()) {
            return Linear.loadFused(loader, Role.QUERY_KEY_VALUE, layer, List.of(queries, keys, keys),
                    model.hiddenSize(), bias);
        }
        return List.of(Linear.load(loader, Role.QUERY, layer, queries, model.hiddenSize(), bias),
                Linear.load(loader, Role.KEY, layer, keys, model.hiddenSize(), bias),
                Linear.load(loader, Role.VALUE, layer, keys, model.hiddenSize(), bias));
    }

    /** From {@code normed} to {@code result}. */
    void forward(Ops ops, Workspace work, KvTable.Layer entries) {
        Linear.apply(ops, work.normed(), projections, work.queries(), work.keys(), work.values());
        queryNorm.ifPresent(norm -> norm.applyToHeads(ops, work.queries()));
        keyNorm.ifPresent(norm -> norm.applyToHeads(ops, work.keys()));
        ops.ropeAndStore(work.queries(), work.keys(), work.values(), spec.keyDim(), work.angles().get(ropeIndex),
                ropeStyle, entries);
        ops.attention(work.queries(), entries, spec, work.mixed());
        output.apply(ops, work.mixed(), work.result());
    }
}
