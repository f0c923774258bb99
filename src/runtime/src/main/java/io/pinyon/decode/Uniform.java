/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Random numbers that choose tokens.
 *
 * <p>Takes one {@code nextDouble()} of the generator {@code L64X128MixRandom} (Steele and Vigna, "LXM: better splittable
 * pseudorandom number generators", 2021) for every token, so that one seed and the same logits give the same tokens.
 */
final class Uniform {
    private static final String GENERATOR = "L64X128MixRandom";
    private static final double STEPS = 1 << 24;

    private final RandomGenerator random;

    /** Starts from a seed, or from one that differs each time. */
    Uniform(OptionalLong seed) {
        RandomGeneratorFactory<RandomGenerator> factory = RandomGeneratorFactory.of(GENERATOR);
        random = seed.isPresent() ? factory.create(seed.getAsLong()) : factory.create();
    }

    /** The next one, in [0, 1); rounded down, because rounding to the nearest could give 1. */
    float next() {
        return (float) (Math.floor(random.nextDouble() * STEPS) / STEPS);
    }
}
