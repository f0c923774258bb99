/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.nio.file.Path;
import java.util.Arrays;

import io.pinyon.Model;
import io.pinyon.Pinyon;
import io.pinyon.Session;

/** The program of another process: opens a saved session, runs the rest of a prompt, and prints the answer. */
final class SavedNeedle {
    private SavedNeedle() {}

    /**
     * Prints the tokens of the answer, then the logits.
     *
     * @param args the saved session and token ids
     */
    public static void main(String[] args) {
        int[] rest = Arrays.stream(args).skip(1).mapToInt(Integer::parseInt).toArray();
        try (Model model = Pinyon.load(HarbourNeedle.MODEL, HarbourNeedle.options());
                Session session = model.open(Path.of(args[0]))) {
            HarbourNeedle.Answer answer = HarbourNeedle.answer(session, rest);
            System.out.println(answer.tokens());
            // decimal digits that tell every float from every other
            System.out.println(answer.logits());
        }
    }
}
