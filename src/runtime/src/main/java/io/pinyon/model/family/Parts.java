/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

import io.pinyon.device.Activation;
import io.pinyon.device.Rope;
import io.pinyon.model.ModelConfig;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Features;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.config.Naming;

/** Settings that many families share. */
final class Parts {
    private Parts() {}

    /** The window in every layer, or nowhere. */
    static List<Integer> uniformWindows(Hyperparameters parameters) {
        return windows(parameters, _ -> true);
    }

    /**
     * The window of each layer.
     *
     * @param sliding which layers have one, if the file does not say
     */
    static List<Integer> windows(Hyperparameters parameters, IntPredicate sliding) {
        int layers = parameters.model().layers();
        int window = parameters.window();
        if (window == 0) {
            return Collections.nCopies(layers, 0);
        }
        Optional<List<Boolean>> stated = parameters.slidingLayers();
        List<Integer> windows = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            boolean slides = stated.isPresent() ? stated.get().get(layer) : sliding.test(layer);
            windows.add(slides ? window : 0);
        }
        return windows;
    }

    /** As {@link #uniformWindows}, of families whose {@code config.json} has no window that counts. */
    static List<Integer> ggufWindows(Hyperparameters parameters) {
        return parameters.naming() == Naming.GGUF
                ? uniformWindows(parameters)
                : Collections.nCopies(parameters.model().layers(), 0);
    }

    /** {@code 1/sqrt(headDim)}. */
    static float scale(ModelConfig model) {
        return (float) (1 / Math.sqrt(model.headDim()));
    }

    /** How elements turn together. */
    static Rope.Style style(Hyperparameters parameters, Family family) {
        return parameters.naming() == Naming.GGUF && family.neighboursInGguf()
                ? Rope.Style.NEIGHBOURS
                : Rope.Style.HALVES;
    }

    /** Separate matrices, SiLU unless the file says otherwise. */
    static DecoderConfig.Mlp mlp(Hyperparameters parameters) {
        return new DecoderConfig.Mlp(parameters.activation().orElse(Activation.SILU), false, parameters.mlpBias());
    }

    /** Norms before the blocks only. */
    static DecoderConfig.Norms norms(Hyperparameters parameters) {
        return new DecoderConfig.Norms(parameters.epsilon(), 0, false);
    }

    /** Refuses what only Gemma has. */
    static void refuseSoftcaps(Hyperparameters parameters) {
        Features.refuseIf(parameters.attentionSoftcap() > 0, "attention softcapping");
        Features.refuseIf(parameters.finalSoftcap() > 0, "logit softcapping");
    }

    /** Refuses rotary embedding of a part of the head. */
    static void refusePartialRope(Hyperparameters parameters) {
        Features.refuseIf(parameters.rope().dim() != parameters.model().headDim(),
                "rotary embedding of " + parameters.rope().dim() + " of " + parameters.model().headDim()
                        + " elements of a head");
    }
}
