/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.nio.file.Path;
import java.util.Arrays;

import io.pinyon.Model;
import io.pinyon.Pinyon;
import io.pinyon.Session;

/**
 * The program of a process that is to be killed: fills a page file with prefixes, and then for ever replaces those of other
 * sessions.
 */
final class PageFiller {
    private PageFiller() {}

    /**
     * Prints a line for each prompt that has run.
     *
     * @param args the page file, the tokens of the longest context, and the token ids of a prompt
     */
    public static void main(String[] args) {
        int context = Integer.parseInt(args[1]);
        int[] prompt = Arrays.stream(args).skip(2).mapToInt(Integer::parseInt).toArray();
        try (Model model = Pinyon.load(HarbourNeedle.MODEL,
                HarbourNeedle.options().withSharePrefixes(true).withKvFile(Path.of(args[0])));
                Session kept = model.session(HarbourNeedle.placed("tiers:device=5%,host=5%", context))) {
            kept.append(prompt);
            System.out.println("kept");
            for (int i = 0;; i++) {
                int[] other = prompt.clone();
                other[0] = i % model.tokenizer().vocabularySize();
                try (Session session = model.session(HarbourNeedle.placed("tiers:device=5%,host=5%", context))) {
                    session.append(other);
                }
                System.out.println("other");
            }
        }
    }
}
