/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Chooses a token with its softmax probability.
 *
 * <p>Takes one {@code nextDouble()} of the generator {@code L64X128MixRandom} (Steele and Vigna, "LXM: better splittable
 * pseudorandom number generators", 2021) for every token, so that one seed and the same logits give the same tokens.
 */
public final class Multinomial implements Selector {
    private static final String GENERATOR = "L64X128MixRandom";

    private final RandomGenerator random;

    /** Starts from a seed, or from one that differs each time. */
    public Multinomial(OptionalLong seed) {
        RandomGeneratorFactory<RandomGenerator> factory = RandomGeneratorFactory.of(GENERATOR);
        random = seed.isPresent() ? factory.create(seed.getAsLong()) : factory.create();
    }

    @Override
    public int select(Candidates candidates) {
        float max = candidates.max();
        double total = 0;
        for (int i = 0; i < candidates.size(); i++) {
            total += Math.exp(candidates.logit(i) - max);
        }
        double left = random.nextDouble() * total;
        int last = 0;
        for (int i = 0; i < candidates.size(); i++) {
            double weight = Math.exp(candidates.logit(i) - max);
            if (weight > 0) {
                last = i;
                left -= weight;
                if (left < 0) {
                    break;
                }
            }
        }
        return candidates.id(last);
    }
}
