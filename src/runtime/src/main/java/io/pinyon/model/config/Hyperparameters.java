/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.List;
import java.util.Optional;

import io.pinyon.device.Activation;
import io.pinyon.model.ModelConfig;

/**
 * What a model file says about the model, under one set of names.
 *
 * <p>Sizes have been checked to be plausible; what the file does not say and has no general default is refused with
 * {@code PIN-MODEL-CONFIG}.
 */
public interface Hyperparameters {
    /** Where they come from. */
    Naming naming();

    /** Sizes. */
    ModelConfig model();

    /** Added to the mean square of normalised vectors. */
    float epsilon();

    /** Nonlinearity of the MLP; empty if the file does not say. */
    Optional<Activation> activation();

    /** Rotary embedding of layers that see everything. */
    RopeParameters rope();

    /** Rotary embedding of layers with a window, if they have their own. */
    Optional<RopeParameters> slidingRope();

    /** Sliding window in tokens; 0 for none. */
    int window();

    /** Which layers have the window, if the file says so. */
    Optional<List<Boolean>> slidingLayers();

    /** Factor on attention scores; empty if the file does not say. */
    Optional<Float> attentionScale();

    /** Cap on attention scores; 0 for none. */
    float attentionSoftcap();

    /** Cap on logits; 0 for none. */
    float finalSoftcap();

    /** Whether query, key and value have biases. */
    boolean attentionBias();

    /** Whether the output projection of attention has one. */
    boolean outputBias();

    /** Whether the matrices of the MLP have biases. */
    boolean mlpBias();

    /** Whether the embedding is the output matrix as well. */
    boolean tied();
}
