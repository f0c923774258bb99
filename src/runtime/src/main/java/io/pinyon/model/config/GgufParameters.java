/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.pinyon.device.Activation;
import io.pinyon.error.ModelFileException;
import io.pinyon.format.GgufFile;
import io.pinyon.format.TensorData;
import io.pinyon.model.ModelConfig;

/** The hyperparameters of a GGUF file. What it states by having a tensor or not is read from the names of tensors. */
public final class GgufParameters implements Hyperparameters {
    private final GgufFile file;
    private final GgufKeys keys;
    private final ModelConfig model;
    private final RopeParameters rope;
    private final Optional<RopeParameters> slidingRope;

    /**
     * @param architecture the file's {@code general.architecture}
     * @param name the model's own name
     * @param file an open file
     */
    public GgufParameters(String architecture, String name, GgufFile file) {
        this.file = file;
        this.keys = new GgufKeys(file.metadata(), architecture);
        Features.refuseIf(keys.integer("expert_count").orElse(0) > 0,
                architecture + ".expert_count " + keys.integer("expert_count").orElse(0));
        int hidden = keys.requireInteger("embedding_length");
        int heads = keys.requireInteger("attention.head_count");
        this.model = Plausible.require(new ModelConfig(architecture, name, keys.requireInteger("block_count"), hidden,
                heads, keys.integer("attention.head_count_kv").orElse(heads), headDim(hidden, heads),
                keys.requireInteger("feed_forward_length"), vocabulary(), keys.requireInteger("context_length")));
        GgufRope ropes = new GgufRope(keys, file, model.headDim(), model.contextLength());
        this.rope = ropes.full();
        this.slidingRope = ropes.sliding();
    }

    private int headDim(int hidden, int heads) {
        if (keys.has("attention.key_length")) {
            int dim = keys.requireInteger("attention.key_length");
            int valueDim = keys.integer("attention.value_length").orElse(dim);
            Features.refuseIf(valueDim != dim, "keys of " + dim + " and values of " + valueDim + " elements");
            return dim;
        }
        if (heads < 1 || hidden % heads != 0) {
            throw Features.implausible("the embedding length is " + hidden, "a multiple of the " + heads + " heads");
        }
        return hidden / heads;
    }

    private int vocabulary() {
        TensorData embedding = file.find("token_embd.weight")
                .orElseThrow(() -> new ModelFileException("PIN-MODEL-TENSOR", "the model lacks token_embd.weight",
                        "fetch all files of the model"));
        return (int) Math.min(Integer.MAX_VALUE, embedding.rows());
    }

    @Override
    public Naming naming() {
        return Naming.GGUF;
    }

    @Override
    public ModelConfig model() {
        return model;
    }

    @Override
    public float epsilon() {
        return (float) Plausible.positive(keys.key("attention.layer_norm_rms_epsilon"),
                keys.requireReal("attention.layer_norm_rms_epsilon"));
    }

    @Override
    public Optional<Activation> activation() {
        return Optional.empty();
    }

    @Override
    public RopeParameters rope() {
        return rope;
    }

    @Override
    public Optional<RopeParameters> slidingRope() {
        return slidingRope;
    }

    @Override
    public int window() {
        int window = keys.integer("attention.sliding_window").orElse(0);
        if (window < 0) {
            throw Features.implausible(keys.key("attention.sliding_window") + " is " + window, "0 or positive");
        }
        return window;
    }

    @Override
    public Optional<List<Boolean>> slidingLayers() {
        String key = "attention.sliding_window_pattern";
        if (!keys.has(key)) {
            return Optional.empty();
        }
        if (keys.isArray(key)) {
            List<Boolean> sliding = keys.flags(key).orElseThrow();
            if (sliding.size() != model.layers()) {
                throw Features.implausible(keys.key(key) + " has " + sliding.size() + " entries",
                        "one for each of " + model.layers() + " layers");
            }
            return Optional.of(sliding);
        }
        int period = (int) Plausible.within(keys.key(key), keys.requireInteger(key), Integer.MAX_VALUE);
        List<Boolean> sliding = new ArrayList<>();
        for (int layer = 0; layer < model.layers(); layer++) {
            sliding.add((layer + 1) % period != 0);
        }
        return Optional.of(sliding);
    }

    @Override
    public Optional<Float> attentionScale() {
        return keys.real("attention.scale")
                .map(scale -> (float) Plausible.positive(keys.key("attention.scale"), scale));
    }

    @Override
    public float attentionSoftcap() {
        return Plausible.notNegative(keys.key("attn_logit_softcapping"),
                keys.real("attn_logit_softcapping").orElse(0f));
    }

    @Override
    public float finalSoftcap() {
        return Plausible.notNegative(keys.key("final_logit_softcapping"),
                keys.real("final_logit_softcapping").orElse(0f));
    }

    @Override
    public boolean attentionBias() {
        return file.names().contains("blk.0.attn_q.bias") || file.names().contains("blk.0.attn_qkv.bias");
    }

    @Override
    public boolean outputBias() {
        return file.names().contains("blk.0.attn_output.bias");
    }

    @Override
    public boolean mlpBias() {
        return file.names().contains("blk.0.ffn_up.bias");
    }

    @Override
    public boolean tied() {
        return !file.names().contains("output.weight");
    }
}
