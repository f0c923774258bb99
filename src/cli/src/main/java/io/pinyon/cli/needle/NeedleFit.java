/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli.needle;

import java.util.Optional;
import java.util.function.ToIntFunction;

/** Makes recall tests of a length in tokens. */
public final class NeedleFit {
    private static final int CHARS_PER_TOKEN = 4;

    /** About the tokens of two lines: a test cannot come nearer to a length than its lines allow. */
    private static final int TOLERANCE = 48;

    private static final int SHORTEST = 1;
    private static final int MOST_CHARS = 1 << 28;

    private NeedleFit() {}

    /**
     * A test that has at most so many tokens, and hardly fewer. The same arguments give the same test.
     *
     * @param seed which one
     * @param depth where the fact stands, from 0 to 1
     * @param tokens most tokens, of whatever {@code count} counts
     * @param count counts the tokens of a test
     * @return empty if even the shortest test has more
     */
    public static Optional<Needle> fit(long seed, double depth, int tokens, ToIntFunction<Needle> count) {
        Needle best = Needle.of(seed, SHORTEST, depth);
        if (count.applyAsInt(best) > tokens) {
            return Optional.empty();
        }
        int fits = SHORTEST;
        int tooLong = MOST_CHARS;
        int chars = (int) Math.min(MOST_CHARS / 2, (long) tokens * CHARS_PER_TOKEN);
        while (tooLong - fits > 1) {
            Needle needle = Needle.of(seed, chars, depth);
            int counted = count.applyAsInt(needle);
            if (counted > tokens) {
                tooLong = chars;
            } else {
                fits = chars;
                best = needle;
                if (tokens - counted <= TOLERANCE) {
                    break;
                }
            }
            chars = next(fits, tooLong, (double) chars * (tokens - TOLERANCE / 2) / counted);
        }
        return Optional.of(best);
    }

    /** The estimate if it narrows the range, else its middle. */
    private static int next(int fits, int tooLong, double estimate) {
        return estimate > fits && estimate < tooLong ? (int) Math.max(fits + 1, estimate) : fits + (tooLong - fits) / 2;
    }
}
