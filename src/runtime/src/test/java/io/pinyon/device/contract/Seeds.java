/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.Arrays;
import java.util.Random;

/**
 * Random numbers that can be had again: one seed per run, printed, and set by {@code -Dpinyon.test.seed=…}.
 *
 * <p>Every test derives its own generator, so that a test alone sees the same numbers as within the whole run.
 */
public final class Seeds {
    private static final String PROPERTY = "pinyon.test.seed";
    private static final long SEED = Long.getLong(PROPERTY, System.nanoTime() & 0xffff_ffffL);

    static {
        System.out.println("-D" + PROPERTY + "=" + SEED);
    }

    private Seeds() {}

    /** A generator for the test or case of this name. */
    public static Random random(Object... name) {
        return new Random(SEED * 31 + Arrays.deepToString(name).hashCode());
    }
}
