/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli.needle;

/**
 * A recall test.
 *
 * @param prompt a logbook and, at its end, a question
 * @param answer what the model should write, with the space before it and without the full stop behind it
 */
public record Needle(String prompt, String answer) {
    /**
     * The test that {@code needle(random.Random(seed), chars, depth)} of {@code models/recipe/corpus.py} writes.
     *
     * @param seed which one
     * @param chars about how many characters the prompt has
     * @param depth where the fact stands, from 0, the beginning, to 1, the end
     */
    public static Needle of(long seed, int chars, double depth) {
        return new HarbourLogbook(new PythonRandom(seed)).needle(chars, depth);
    }

    /** Whether a greedy continuation of the prompt gives the whole answer, up to its full stop. */
    public boolean recalledBy(String continuation) {
        return continuation.startsWith(answer + ".");
    }
}
