/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;

/**
 * Rotary position embedding (arXiv 2104.09864): which elements of a head turn together, and how fast.
 *
 * @param style how elements are paired
 * @param inverseFrequencies radians per position, one for each pair; twice as many elements are turned, the rest of the
 *     head passes through
 * @param magnitude factor on cosine and sine (YaRN's attention factor, arXiv 2309.00071); 1 for none
 */
public record Rope(Style style, List<Float> inverseFrequencies, float magnitude) {
    /** How elements are paired. */
    public enum Style {
        /** Element {@code i} with element {@code i + pairs}, as in Hugging Face checkpoints and GPT-NeoX. */
        HALVES,
        /** Element {@code 2i} with element {@code 2i + 1}, as in the paper and in GGUF files of the llama family. */
        NEIGHBOURS
    }

    /** Copies the frequencies. */
    public Rope {
        inverseFrequencies = List.copyOf(inverseFrequencies);
    }

    /** Elements of a head that are turned. */
    public int dim() {
        return 2 * inverseFrequencies.size();
    }
}
