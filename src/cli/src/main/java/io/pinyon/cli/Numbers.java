/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.Arrays;

import io.pinyon.error.UsageException;

/** Checks of numbers that users write. */
final class Numbers {
    private Numbers() {}

    /**
     * The value, if it lies between two bounds, both included.
     *
     * @throws UsageException {@code PIN-USAGE} naming option, value and bounds
     */
    static int between(String option, int value, int min, int max) {
        if (value < min || value > max) {
            throw range(option, value, max == Integer.MAX_VALUE ? "at least " + min : min + " to " + max);
        }
        return value;
    }

    /**
     * As {@link #between(String, int, int, int)} for fractions.
     *
     * @throws UsageException {@code PIN-USAGE} also for NaN
     */
    static float between(String option, float value, float min, float max) {
        if (!(value >= min && value <= max)) {
            throw range(option, value, min + " to " + max);
        }
        return value;
    }

    /**
     * Numbers parted by commas.
     *
     * @throws UsageException {@code PIN-USAGE} naming the part that is no number or out of bounds
     */
    static int[] list(String option, String text, int min, int max) {
        return Arrays.stream(text.split(",", -1)).mapToInt(part -> {
            try {
                return between(option, Integer.parseInt(part.strip()), min, max);
            } catch (NumberFormatException e) {
                throw new UsageException("PIN-USAGE", option + " has '" + part.strip() + "', which is no number",
                        "give numbers parted by commas, as in 128,512", e);
            }
        }).toArray();
    }

    private static UsageException range(String option, Object value, String range) {
        return new UsageException("PIN-USAGE", option + " is " + value, "it can be " + range);
    }
}
