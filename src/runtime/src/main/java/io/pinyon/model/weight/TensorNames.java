/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.weight;

import java.util.EnumMap;
import java.util.Map;

import io.pinyon.model.config.Naming;

/** What the weights of a family are called in both kinds of file. */
public final class TensorNames {
    private record Pair(String huggingFace, String gguf) {}

    private static final TensorNames COMMON = new TensorNames(new EnumMap<>(Role.class))
            .with(Role.EMBEDDING, "model.embed_tokens", "token_embd").with(Role.OUTPUT, "lm_head", "output")
            .with(Role.OUTPUT_NORM, "model.norm", "output_norm")
            .with(Role.ATTENTION_NORM, "input_layernorm", "attn_norm").with(Role.QUERY, "self_attn.q_proj", "attn_q")
            .with(Role.KEY, "self_attn.k_proj", "attn_k").with(Role.VALUE, "self_attn.v_proj", "attn_v")
            .with(Role.QUERY_NORM, "self_attn.q_norm", "attn_q_norm")
            .with(Role.KEY_NORM, "self_attn.k_norm", "attn_k_norm")
            .with(Role.ATTENTION_OUTPUT, "self_attn.o_proj", "attn_output")
            .with(Role.MLP_NORM, "post_attention_layernorm", "ffn_norm").with(Role.GATE, "mlp.gate_proj", "ffn_gate")
            .with(Role.UP, "mlp.up_proj", "ffn_up").with(Role.DOWN, "mlp.down_proj", "ffn_down");

    private final Map<Role, Pair> names;

    private TensorNames(Map<Role, Pair> names) {
        this.names = names;
    }

    /** The names that Llama introduced and most families kept. */
    public static TensorNames common() {
        return COMMON;
    }

    /**
     * The same with one weight called otherwise.
     *
     * @param role what for
     * @param huggingFace name in safetensors files, within the layer
     * @param gguf name in GGUF files, within the block
     */
    public TensorNames with(Role role, String huggingFace, String gguf) {
        Map<Role, Pair> changed = new EnumMap<>(Role.class);
        changed.putAll(names);
        changed.put(role, new Pair(huggingFace, gguf));
        return new TensorNames(changed);
    }

    /**
     * The full name of a tensor.
     *
     * @param slot which one
     * @param naming in which kind of file
     */
    public String name(TensorSlot slot, Naming naming) {
        Pair pair = names.get(slot.role());
        if (pair == null) {
            throw new IllegalArgumentException("no name for " + slot.role());
        }
        String layer = naming == Naming.GGUF ? "blk." : "model.layers.";
        String prefix = slot.role().perLayer() ? layer + slot.layer() + "." : "";
        return prefix + (naming == Naming.GGUF ? pair.gguf : pair.huggingFace) + (slot.bias() ? ".bias" : ".weight");
    }
}
