/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.block;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvView;
import io.pinyon.device.Ops;
import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.Workload;
import io.pinyon.format.KvFormat;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.KvSpec;
import io.pinyon.model.CausalModel;
import io.pinyon.model.LoadOptions;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.Step;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.weight.Checkpoint;
import io.pinyon.model.weight.Role;
import io.pinyon.model.weight.TensorPlan;
import io.pinyon.model.weight.TensorSlot;
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

    /** Bytes of working memory for steps of so many rows. */
    public static long workingBytes(DecoderConfig config, int rows, int context) {
        return Workspace.bytes(config.model(), rows, ropeOfLayer(config, context).stream().distinct().toList());
    }

    /**
     * What a device would hold, before it does.
     *
     * @param checkpoint where the weights are; they are not read
     * @param options how the model would be loaded
     * @param kv how keys and values are kept
     * @param tokens tokens of each session
     * @param sessions number of sessions
     */
    public static Workload workload(DecoderConfig config, Checkpoint checkpoint, LoadOptions options, KvSpec kv,
            int tokens, int sessions) {
        ModelConfig model = config.model();
        List<TensorSlot> slots = new TensorPlan(config).all();
        List<Workload.Matrix> matrices = slots.stream().filter(slot -> slot.shape().size() == 2)
                .map(slot -> new Workload.Matrix(checkpoint.require(slot).format(),
                        Math.toIntExact(slot.shape().get(0)), Math.toIntExact(slot.shape().get(1)),
                        slot.role() != Role.EMBEDDING && slot.role() != Role.OUTPUT))
                .toList();
        long vectors = slots.stream().filter(slot -> slot.shape().size() == 1).mapToLong(TensorSlot::elements).sum();
        int context = options.contextLength().orElse(model.contextLength());
        DecoderConfig.Attention attention = config.attention();
        boolean full = attention.windows().contains(0);
        var spec = new AttentionSpec(model.heads(), model.kvHeads(), model.headDim(), model.headDim(),
                attention.scale(), attention.softcap(), full ? 0 : Collections.max(attention.windows()));
        return new Workload(matrices, Float.BYTES * vectors, workingBytes(config, options.maxRows(), context), spec,
                kvLayouts(model, kv), model.vocabularySize(), options.maxRows(), tokens, sessions);
    }

    private static List<KvLayout> kvLayouts(ModelConfig model, KvSpec kv) {
        return Collections.nCopies(model.layers(), kv.layout(model.kvHeads(), model.headDim(), model.headDim()));
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
        return kvLayouts(config.model(), new KvSpec(keys, values, pageTokens));
    }

    @Override
    public int window() {
        return Collections.max(config.attention().windows());
    }

    @Override
    public void forward(Step step, Tensor logits) {
        StepChecks.require(this, step, logits);
        List<KvSpan> spans = spans(step);
        device().write(workspace.tokens(), step.tokens());
        device().write(workspace.positions(), positions(step));
        if (step.logitRows() < step.rows()) {
            device().write(workspace.wanted(), wantedRows(step));
        }
        device().write(workspace.table(), step.rows(), spans);
        Runnable ops = () -> issue(step.rows(), logits);
        List<KvLayout> layouts = spans.getFirst().views().stream().map(KvView::layout).toList();
        // pages elsewhere come in on the way, which no recording does
        if (decodes(step) && workspace.table().local()) {
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
        layers.getFirst().firstNorm().apply(ops, work.hidden(), work.normed());
        boolean all = logits.rows() == rows;
        for (int layer = 0; layer < layers.size(); layer++) {
            Optional<Norm> following = layer + 1 < layers.size()
                    ? Optional.of(layers.get(layer + 1).firstNorm())
                    : Optional.of(outputNorm).filter(_ -> all);
            layers.get(layer).forward(ops, work, layer, following);
        }
        if (all) {
            project(ops, work.normed(), logits);
        } else if (logits.rows() > 0) {
            Tensor gathered = work.result().rows(0, logits.rows());
            ops.gatherRows(work.hidden(), work.wanted().prefix(logits.rows()), gathered);
            outputNorm.apply(ops, gathered, gathered);
            project(ops, gathered, logits);
        }
    }

    private void project(Ops ops, Tensor normed, Tensor logits) {
        ops.matmul(normed, output, logits);
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
                part.cache().entries())).toList();
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
