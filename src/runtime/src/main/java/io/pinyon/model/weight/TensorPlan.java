/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.weight;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.model.ModelConfig;
import io.pinyon.model.config.DecoderConfig;

/** All tensors of a dense decoder, with their shapes. */
public final class TensorPlan {
    private final DecoderConfig config;
    private final ModelConfig model;

    /** Of a decoder with these switches. */
    public TensorPlan(DecoderConfig config) {
        this.config = config;
        this.model = config.model();
    }

    /** Tensors outside the layers. */
    public List<TensorSlot> outside() {
        List<TensorSlot> slots = new ArrayList<>();
        slots.add(TensorSlot.matrix(Role.EMBEDDING, 0, model.vocabularySize(), model.hiddenSize()));
        slots.add(TensorSlot.vector(Role.OUTPUT_NORM, 0, model.hiddenSize()));
        if (!config.tied()) {
            slots.add(TensorSlot.matrix(Role.OUTPUT, 0, model.vocabularySize(), model.hiddenSize()));
        }
        return slots;
    }

    /** Tensors of one layer. */
    public List<TensorSlot> layer(int layer) {
        List<TensorSlot> slots = new ArrayList<>();
        attention(slots, layer);
        mlp(slots, layer);
        return slots;
    }

    /** Every tensor. */
    public List<TensorSlot> all() {
        List<TensorSlot> slots = new ArrayList<>(outside());
        for (int layer = 0; layer < model.layers(); layer++) {
            slots.addAll(layer(layer));
        }
        return slots;
    }

    private void attention(List<TensorSlot> slots, int layer) {
        int hidden = model.hiddenSize();
        int queries = model.heads() * model.headDim();
        int keys = model.kvHeads() * model.headDim();
        DecoderConfig.Attention attention = config.attention();
        slots.add(TensorSlot.vector(Role.ATTENTION_NORM, layer, hidden));
        if (attention.fused()) {
            linear(slots, Role.QUERY_KEY_VALUE, layer, queries + 2 * keys, hidden, attention.bias());
        } else {
            linear(slots, Role.QUERY, layer, queries, hidden, attention.bias());
            linear(slots, Role.KEY, layer, keys, hidden, attention.bias());
            linear(slots, Role.VALUE, layer, keys, hidden, attention.bias());
        }
        if (attention.headNorms()) {
            slots.add(TensorSlot.vector(Role.QUERY_NORM, layer, model.headDim()));
            slots.add(TensorSlot.vector(Role.KEY_NORM, layer, model.headDim()));
        }
        linear(slots, Role.ATTENTION_OUTPUT, layer, hidden, queries, attention.outputBias());
        if (config.norms().afterBlocks()) {
            slots.add(TensorSlot.vector(Role.ATTENTION_POST_NORM, layer, hidden));
        }
    }

    private void mlp(List<TensorSlot> slots, int layer) {
        int hidden = model.hiddenSize();
        int width = model.feedForwardSize();
        boolean bias = config.mlp().bias();
        slots.add(TensorSlot.vector(Role.MLP_NORM, layer, hidden));
        if (config.mlp().fused()) {
            linear(slots, Role.GATE_UP, layer, 2 * width, hidden, bias);
        } else {
            linear(slots, Role.GATE, layer, width, hidden, bias);
            linear(slots, Role.UP, layer, width, hidden, bias);
        }
        linear(slots, Role.DOWN, layer, hidden, width, bias);
        if (config.norms().afterBlocks()) {
            slots.add(TensorSlot.vector(Role.MLP_POST_NORM, layer, hidden));
        }
    }

    private static void linear(List<TensorSlot> slots, Role role, int layer, int rows, int cols, boolean bias) {
        slots.add(TensorSlot.matrix(role, layer, rows, cols));
        if (bias) {
            slots.add(TensorSlot.bias(role, layer, rows));
        }
    }
}
