/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.family;

import java.util.List;
import java.util.Map;

import io.pinyon.device.Activation;
import io.pinyon.model.config.DecoderConfig;
import io.pinyon.model.config.Hyperparameters;
import io.pinyon.model.weight.TensorNames;

/** A model family: what of the shared blocks it uses, and what its weights are called. */
public interface Family {
    /** The registry's name, for example {@code qwen2}. */
    String name();

    /** Its {@code general.architecture} in GGUF files, which several families may share. */
    default String ggufArchitecture() {
        return name();
    }

    /** Its {@code architectures} and {@code model_type} in a {@code config.json}. */
    List<String> huggingFaceNames();

    /** What a {@code config.json} of this family means by leaving a key out. */
    default Map<String, Object> huggingFaceDefaults() {
        return Map.of();
    }

    /**
     * Turns hyperparameters into switches.
     *
     * @throws io.pinyon.error.ModelFileException {@code PIN-MODEL-FEATURE} if the family lacks what they ask for
     */
    DecoderConfig configure(Hyperparameters parameters);

    /** What its weights are called. */
    TensorNames tensorNames();

    /** The nonlinearity that readers of GGUF files take for granted. */
    default Activation ggufActivation() {
        return Activation.SILU;
    }

    /** Whether GGUF files order the rows of query and key for {@link io.pinyon.device.Rope.Style#NEIGHBOURS}. */
    default boolean neighboursInGguf() {
        return false;
    }
}
