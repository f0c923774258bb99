/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.util.List;
import java.util.Map;

import io.pinyon.error.ModelFileException;
import io.pinyon.format.GgufWriter;
import io.pinyon.format.MetadataType;
import io.pinyon.format.MetadataValue;
import io.pinyon.format.WeightFormat;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.ModelSource;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.RopeParameters;
import io.pinyon.model.config.RopeScaling;
import io.pinyon.model.config.Yarn;

/** The hyperparameters of a model as GGUF metadata. */
final class ModelMetadata {
    /** {@code general.file_type} by name of the format of most tensors. */
    private static final Map<String, Integer> FILE_TYPES = Map.of("F32", 0, "F16", 1, "Q4_0", 2, "Q4_1", 3, "Q8_0", 7,
            "Q5_0", 8, "Q5_1", 9, "BF16", 32);
    private static final int QUANTIZATION_VERSION = 2;

    private final GgufWriter writer;
    private final ModelSource source;
    private final DecoderConfig config;
    private final String prefix;
    private final WeightFormat format;

    ModelMetadata(GgufWriter writer, ModelSource source, WeightFormat format) {
        this.writer = writer;
        this.source = source;
        this.config = source.config();
        this.prefix = source.family().ggufArchitecture() + ".";
        this.format = format;
    }

    void write() {
        general();
        sizes();
        attention();
        rope(config.attention().rope());
        config.attention().slidingRope().ifPresent(sliding -> put("rope.freq_base_swa", (float) sliding.base()));
    }

    private void general() {
        writer.metadata("general.architecture", MetadataValue.of(source.family().ggufArchitecture()));
        writer.metadata("general.type", MetadataValue.of("model"));
        writer.metadata("general.name", MetadataValue.of(config.model().name()));
        Integer fileType = FILE_TYPES.get(format.name());
        if (fileType != null) {
            writer.metadata("general.file_type", MetadataValue.of(fileType));
        }
        writer.metadata("general.quantization_version", MetadataValue.of(QUANTIZATION_VERSION));
        ModelCard.license(source.path())
                .ifPresent(license -> writer.metadata("general.license", MetadataValue.of(license)));
    }

    private void sizes() {
        ModelConfig model = config.model();
        if (config.mlp().activation() != source.family().ggufActivation()) {
            throw unsupported("the activation " + config.mlp().activation() + " in the architecture "
                    + source.family().ggufArchitecture());
        }
        put("block_count", model.layers());
        put("context_length", model.contextLength());
        put("embedding_length", model.hiddenSize());
        put("feed_forward_length", model.feedForwardSize());
        put("vocab_size", model.vocabularySize());
        put("attention.head_count", model.heads());
        put("attention.head_count_kv", model.kvHeads());
        put("attention.key_length", model.headDim());
        put("attention.value_length", model.headDim());
        put("attention.layer_norm_rms_epsilon", config.norms().epsilon());
    }

    private void attention() {
        DecoderConfig.Attention attention = config.attention();
        put("attention.scale", attention.scale());
        List<Integer> windows = attention.windows();
        int window = windows.stream().mapToInt(Integer::intValue).max().orElse(0);
        if (window > 0) {
            put("attention.sliding_window", window);
            writer.metadata(prefix + "attention.sliding_window_pattern", new MetadataValue.Sequence(MetadataType.BOOL,
                    windows.stream().map(w -> MetadataValue.of(w > 0)).toList()));
        }
        if (attention.softcap() > 0) {
            put("attn_logit_softcapping", attention.softcap());
        }
        if (config.finalSoftcap() > 0) {
            put("final_logit_softcapping", config.finalSoftcap());
        }
    }

    private void rope(RopeParameters rope) {
        put("rope.dimension_count", rope.dim());
        put("rope.freq_base", (float) rope.base());
        switch (rope.scaling()) {
            case RopeScaling.None _,RopeScaling.Llama3 _,RopeScaling.Divisors _ -> {
            }
            case RopeScaling.Linear linear -> scaling("linear", linear.factor());
            case RopeScaling.Dynamic _ -> throw unsupported("the rope type \"dynamic\"");
            case RopeScaling.LongRope longRope -> {
                put("rope.scaling.original_context_length", longRope.trainedContext());
                put("rope.scaling.attn_factor", (float) longRope.magnitude());
            }
            case Yarn yarn -> yarn(yarn);
        }
    }

    private void yarn(Yarn yarn) {
        if (!yarn.wholePairs()) {
            throw unsupported("YaRN without truncation");
        }
        scaling("yarn", yarn.factor());
        put("rope.scaling.original_context_length", yarn.trainedContext());
        put("rope.scaling.attn_factor", (float) (yarn.magnitude() / Yarn.magnitude(yarn.factor(), 1)));
        put("rope.scaling.yarn_beta_fast", (float) yarn.betaFast());
        put("rope.scaling.yarn_beta_slow", (float) yarn.betaSlow());
    }

    private void scaling(String type, double factor) {
        writer.metadata(prefix + "rope.scaling.type", MetadataValue.of(type));
        put("rope.scaling.factor", (float) factor);
    }

    private void put(String key, int value) {
        writer.metadata(prefix + key, MetadataValue.of(value));
    }

    private void put(String key, float value) {
        writer.metadata(prefix + key, MetadataValue.of(value));
    }

    /** The exception for what GGUF metadata have no words for. */
    static ModelFileException unsupported(String what) {
        return new ModelFileException("PIN-CONVERT-UNSUPPORTED", "a GGUF file cannot say " + what,
                "use the Hugging Face directory itself");
    }
}
