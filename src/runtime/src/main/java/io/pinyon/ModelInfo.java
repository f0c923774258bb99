/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Facts about a model file.
 *
 * @param architecture name of the family, for example {@code llama}
 * @param name the model's own name, or empty
 * @param fileFormat {@code GGUF} or {@code safetensors}
 * @param parameters number of weights
 * @param fileBytes bytes of the file, or of all weight files of a directory
 * @param layers number of layers
 * @param hiddenSize width of the residual stream
 * @param heads query heads
 * @param kvHeads KV heads
 * @param headDim elements of a head
 * @param feedForwardSize width of the MLP
 * @param vocabularySize number of logits
 * @param contextLength tokens that the model was trained for
 * @param weightFormats number of tensors of each weight format
 * @param details further facts by name: rope, sliding window and the like
 */
public record ModelInfo(String architecture, String name, String fileFormat, long parameters, long fileBytes,
        int layers, int hiddenSize, int heads, int kvHeads, int headDim, int feedForwardSize, int vocabularySize,
        int contextLength, Map<String, Integer> weightFormats, Map<String, String> details) {
    /** Copies the maps, keeping their order. */
    public ModelInfo {
        weightFormats = Collections.unmodifiableMap(new LinkedHashMap<>(weightFormats));
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }
}
