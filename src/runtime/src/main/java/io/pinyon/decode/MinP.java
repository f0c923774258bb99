/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/**
 * Keeps the candidates that are at least p times as probable as the best one (Nguyen et al., "Turning up the heat:
 * min-p sampling for creative and coherent LLM outputs", 2024), at temperature 1.
 */
public final class MinP implements Sampler {
    private final double margin;

    /**
     * @param p in (0, 1]; 1 keeps only the best and its equals
     */
    public MinP(float p) {
        margin = Math.log(p);
    }

    @Override
    public void apply(Candidates candidates) {
        candidates.keepFrom((float) (candidates.max() + margin));
    }
}
