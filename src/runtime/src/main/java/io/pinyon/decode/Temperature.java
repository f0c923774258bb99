/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/** Divides the logits: below 1 the distribution becomes sharper, above 1 flatter. */
public final class Temperature implements Sampler {
    private final float temperature;

    /**
     * @param temperature greater than 0
     */
    public Temperature(float temperature) {
        this.temperature = temperature;
    }

    @Override
    public void apply(Candidates candidates) {
        // with the maximum at 0, even a tiny temperature cannot overflow where it matters
        candidates.rescale(Math.min(1 / temperature, Float.MAX_VALUE), candidates.max());
    }
}
