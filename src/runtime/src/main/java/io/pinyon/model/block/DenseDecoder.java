/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvView;
import io.pinyon.device.Ops;
import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.format.KvFormat;
import io.pinyon.kv.KvCache;
import io.pinyon.model.CausalModel;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.Step;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.WeightLoader;

/** A stack of equal layers between an embedding and a projection to logits. */
public final class DenseDecoder implements CausalModel {
    /** Larger steps gain little from being recorded. */
    private static final int RECORDED_ROWS = 16;

    private final WeightLoader resources;
    private final DecoderConfig config;
    private final int maxRows;
    private final List<Rope> ropes;
    private final WeightMatrix embedding;
    private final List<DecoderLayer> layers;
    private final Norm outputNorm;
    private final WeightMatrix output;
    private final Workspace workspace;
    private final StepRecordings recordings;

    private DenseDecoder(WeightLoader resources, int maxRows, int context) {
        this.resources = resources;
        this.config = resources.config();
        this.maxRows = maxRows;
        this.recordings = new StepRecordings(resources.device());
        ModelConfig model = config.model();
        List<Rope> ropeOfLayer = ropeOfLayer(config, context);
        ropes = ropeOfLayer.stream().distinct().toList();
        workspace = Workspace.allocate(resources, maxRows, ropes);
        embedding = resources.matrix(Role.EMBEDDING, 0, model.vocabularySize(), model.hiddenSize());
        layers = IntStream.range(0, model.layers())
                .mapToObj(layer -> DecoderLayer.load(resources, layer, ropes.indexOf(ropeOfLayer.get(layer)))).toList();
        outputNorm = Norm.load(resources, Role.OUTPUT_NORM, 0, model.hiddenSize());
        output = config.tied()
                ? embedding
                : resources.matrix(Role.OUTPUT, 0, model.vocabularySize(), model.hiddenSize());
    }

    /**
     * Loads the weights and allocates the working memory; if anything fails, all of it is given back.
     *
     * @param resources brings the weights; from now on owned by the model
     * @param maxRows most rows of a step
     * @param context tokens that the caller means to use, for rotary embeddings that depend on it
     */
    public static DenseDecoder load(WeightLoader resources, int maxRows, int context) {
        try {
            return new DenseDecoder(resources, maxRows, context);
        } catch (RuntimeException | Error e) {
            resources.close();
            throw e;
        }
    }

    private static List<Rope> ropeOfLayer(DecoderConfig config, int context) {
        DecoderConfig.Attention attention = config.attention();
        Rope full = attention.rope().rope(attention.style(), context);
        Rope sliding = attention.slidingRope().map(rope -> rope.rope(attention.style(), context)).orElse(full);
        return attention.windows().stream().map(window -> window > 0 ? sliding : full).toList();
    }

    @Override
    public ModelConfig config() {
        return config.model();
    }

    @Override
    public Device device() {
        return resources.device();
    }

    @Override
    public int maxRows() {
        return maxRows;
    }

    @Override
    public List<KvLayout> kvLayouts(KvFormat keys, KvFormat values, int pageTokens) {
        ModelConfig model = config.model();
        return Collections.nCopies(model.layers(),
                new KvLayout(keys, values, model.kvHeads(), model.headDim(), model.headDim(), pageTokens));
    }

    @Override
    public void forward(Step step, Tensor logits) {
        StepChecks.require(this, step, logits);
        List<KvSpan> spans = spans(step);
        device().write(workspace.tokens(), step.tokens());
        device().write(workspace.positions(), positions(step));
        device().write(workspace.wanted(), wantedRows(step));
        device().write(workspace.table(), step.rows(), spans);
        Runnable ops = () -> issue(step.rows(), logits);
        List<KvLayout> layouts = spans.getFirst().views().stream().map(KvView::layout).toList();
        if (decodes(step)) {
            StepRecordings.Shape.of(step.rows(), logits, layouts).ifPresentOrElse(
                    shape -> recordings.run(shape, ops), ops);
        } else {
            ops.run();
        }
    }

    /** Whether every row is the next token of a sequence and its logits are wanted: such steps come again. */
    private static boolean decodes(Step step) {
        return step.rows() <= RECORDED_ROWS && step.logitRows() == step.rows() && step.parts().size() == step.rows();
    }

    /** Issues the ops of a step whose tokens, positions, wanted rows and table are on the device already. */
    private void issue(int rows, Tensor logits) {
        Ops ops = device().ops();
        Workspace work = workspace.first(rows);
        for (int i = 0; i < ropes.size(); i++) {
            ops.ropeAngles(ropes.get(i), work.positions(), work.angles().get(i));
        }
        ops.embed(embedding, work.tokens(), config.embeddingScale(), work.hidden());
        for (int layer = 0; layer < layers.size(); layer++) {
            layers.get(layer).forward(ops, work, layer);
        }
        if (logits.rows() > 0) {
            project(ops, work, logits);
        }
    }

    private void project(Ops ops, Workspace work, Tensor logits) {
        Tensor gathered = work.result().rows(0, logits.rows());
        ops.gatherRows(work.hidden(), work.wanted().prefix(logits.rows()), gathered);
        outputNorm.apply(ops, gathered, gathered);
        ops.matmul(gathered, output, logits);
        if (config.finalSoftcap() > 0) {
            ops.softcap(logits, config.finalSoftcap());
        }
    }

    private static int[] positions(Step step) {
        return step.parts().stream()
                .flatMapToInt(part -> IntStream.range(part.cache().length(), part.cache().length() + part.rows()))
                .toArray();
    }

    private static int[] wantedRows(Step step) {
        return step.parts().stream().flatMapToInt(part -> IntStream
                .range(part.firstRow() + part.rows() - part.logitRows(), part.firstRow() + part.rows())).toArray();
    }

    private static List<KvSpan> spans(Step step) {
        return step.parts().stream().map(part -> new KvSpan(views(part.cache()), part.firstRow(), part.rows(),
                part.cache().length())).toList();
    }

    private static List<KvView> views(KvCache cache) {
        return IntStream.range(0, cache.layers()).mapToObj(cache::view).toList();
    }

    @Override
    public void close() {
        try (WeightLoader _ = resources) {
            recordings.close();
        }
    }
}
