/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import io.pinyon.device.Activation;
import io.pinyon.model.ModelConfig;

/** The hyperparameters of a {@code config.json}. */
public final class HuggingFaceParameters implements Hyperparameters {
    private static final List<String> EXPERTS = List.of("num_local_experts", "num_experts", "n_routed_experts");

    private final JsonConfig json;
    private final ModelConfig model;
    private final RopeParameters rope;
    private final Optional<RopeParameters> slidingRope;

    /**
     * @param architecture the family's name
     * @param name the model's own name
     * @param json the text model's settings
     */
    public HuggingFaceParameters(String architecture, String name, JsonConfig json) {
        this.json = json;
        refuseUnknownFeatures();
        int hidden = json.requireInteger("hidden_size");
        int heads = json.requireInteger("num_attention_heads");
        this.model = Plausible.require(new ModelConfig(architecture, name, json.requireInteger("num_hidden_layers"),
                hidden, heads, json.integer("num_key_value_heads").orElse(heads), headDim(hidden, heads),
                json.requireInteger("intermediate_size"), json.requireInteger("vocab_size"),
                json.requireInteger("max_position_embeddings")));
        HuggingFaceRope ropes = new HuggingFaceRope(json, model.headDim(), model.contextLength());
        this.rope = ropes.full();
        this.slidingRope = ropes.sliding();
    }

    private void refuseUnknownFeatures() {
        Features.refuseIf(json.has("quantization_config"), "a quantization_config"
                + json.object("quantization_config").flatMap(q -> q.string("quant_method")).map(m -> " of " + m)
                        .orElse(""));
        for (String key : EXPERTS) {
            Features.refuseIf(json.integer(key).orElse(0) > 0, key + " " + json.integer(key).orElse(0));
        }
        Features.refuseIf(json.flag("use_bidirectional_attention"), "use_bidirectional_attention");
    }

    private int headDim(int hidden, int heads) {
        if (json.has("head_dim")) {
            return json.requireInteger("head_dim");
        }
        if (heads < 1 || hidden % heads != 0) {
            throw Features.implausible("the hidden size is " + hidden, "a multiple of the " + heads + " heads");
        }
        return hidden / heads;
    }

    @Override
    public Naming naming() {
        return Naming.HUGGING_FACE;
    }

    @Override
    public ModelConfig model() {
        return model;
    }

    @Override
    public float epsilon() {
        return (float) Plausible.positive("rms_norm_eps", json.requireReal("rms_norm_eps"));
    }

    @Override
    public Optional<Activation> activation() {
        return json.string("hidden_activation").or(() -> json.string("hidden_act")).map(name -> switch (name) {
            case "silu", "swish" -> Activation.SILU;
            case "gelu" -> Activation.GELU;
            case "gelu_pytorch_tanh", "gelu_new" -> Activation.GELU_TANH;
            default -> throw Features.refuse("the activation \"" + name + "\"");
        });
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
        boolean off = json.has("use_sliding_window") && !json.flag("use_sliding_window");
        if (off || !json.has("sliding_window")) {
            return 0;
        }
        return (int) Plausible.within("sliding_window", json.requireInteger("sliding_window"), Integer.MAX_VALUE);
    }

    @Override
    public Optional<List<Boolean>> slidingLayers() {
        return json.strings("layer_types").map(types -> {
            if (types.size() != model.layers()) {
                throw Features.implausible("layer_types has " + types.size() + " entries",
                        "one for each of " + model.layers() + " layers");
            }
            return types.stream().map(HuggingFaceParameters::sliding).toList();
        }).or(this::slidingByNumber);
    }

    /** Older files count: Qwen from which layer on, Gemma 3 every how many layers there is one without. */
    private Optional<List<Boolean>> slidingByNumber() {
        int period = Stream.of("sliding_window_pattern", "_sliding_window_pattern").filter(json::has).findFirst()
                .map(json::requireInteger).orElse(0);
        boolean counted = json.has("max_window_layers");
        if (period <= 0 && !counted) {
            return Optional.empty();
        }
        List<Boolean> sliding = new ArrayList<>();
        for (int layer = 0; layer < model.layers(); layer++) {
            sliding.add(period > 0 ? (layer + 1) % period != 0 : layer >= json.requireInteger("max_window_layers"));
        }
        return Optional.of(sliding);
    }

    private static boolean sliding(String type) {
        return switch (type) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default -> throw Features.refuse("layers of type \"" + type + "\"");
        };
    }

    @Override
    public Optional<Float> attentionScale() {
        return json.real("query_pre_attn_scalar")
                .map(scalar -> (float) (1 / Math.sqrt(Plausible.positive("query_pre_attn_scalar", scalar))));
    }

    @Override
    public float attentionSoftcap() {
        return Plausible.notNegative("attn_logit_softcapping",
                json.real("attn_logit_softcapping").orElse(0.0).floatValue());
    }

    @Override
    public float finalSoftcap() {
        return Plausible.notNegative("final_logit_softcapping",
                json.real("final_logit_softcapping").orElse(0.0).floatValue());
    }

    @Override
    public boolean attentionBias() {
        return json.flag("attention_bias");
    }

    @Override
    public boolean outputBias() {
        return json.flag("attention_bias");
    }

    @Override
    public boolean mlpBias() {
        return json.flag("mlp_bias");
    }

    @Override
    public boolean tied() {
        return json.flag("tie_word_embeddings");
    }
}
