/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a model file holds, for people.
 *
 * @param config sizes
 * @param container {@code GGUF} or {@code safetensors}
 * @param parameters number of weights, shared ones counted once
 * @param fileBytes bytes of all its weight files
 * @param tensorsByFormat number of tensors in each weight format
 * @param rope rotary embedding, for example {@code base 500000, llama3}
 * @param slidingWindow sliding window in tokens; 0 for none
 * @param slidingLayers number of layers that have the window
 */
public record ModelDescription(ModelConfig config, String container, long parameters, long fileBytes,
        Map<String, Integer> tensorsByFormat, String rope, int slidingWindow, int slidingLayers) {
    /** Copies the map, keeping its order. */
    public ModelDescription {
        tensorsByFormat = Collections.unmodifiableMap(new LinkedHashMap<>(tensorsByFormat));
    }

    /** The registry's name of the family. */
    public String architecture() {
        return config.architecture();
    }

    /** The model's own name, or empty. */
    public String name() {
        return config.name();
    }

    /** Tokens that the model was trained for. */
    public int contextLength() {
        return config.contextLength();
    }
}
