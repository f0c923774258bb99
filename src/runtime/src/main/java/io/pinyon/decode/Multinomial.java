/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/**
 * Chooses a token with its softmax probability at a temperature: below 1 the distribution becomes sharper, above 1
 * flatter. Probabilities are added up in order of id, as {@link io.pinyon.device.Ops#sample} does.
 */
final class Multinomial implements Selector {
    private final float temperature;
    private final Uniform uniform;

    /**
     * @param temperature greater than 0
     * @param uniform gives one number for every token
     */
    Multinomial(float temperature, Uniform uniform) {
        this.temperature = temperature;
        this.uniform = uniform;
    }

    @Override
    public int select(Candidates candidates) {
        float max = candidates.max();
        candidates.orderById();
        double total = 0;
        for (int i = 0; i < candidates.size(); i++) {
            total += weight(candidates.logit(i), max);
        }
        double end = uniform.next() * total;
        double sum = 0;
        int last = 0;
        for (int i = 0; i < candidates.size() && sum <= end; i++) {
            double weight = weight(candidates.logit(i), max);
            if (weight > 0) {
                last = i;
                sum += weight;
            }
        }
        return candidates.id(last);
    }

    private double weight(float logit, float max) {
        return Math.exp(((double) logit - max) / temperature);
    }
}
