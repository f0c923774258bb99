/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/** Cuts a text at added tokens: leftmost first, of those that begin at one place the longest. */
final class AddedTokenSplitter {
    /** A stretch of text, or the token found there. */
    record Fragment(String text, @Nullable AddedToken token) {}

    private final Map<String, AddedToken> byContent = new HashMap<>();
    /** Lengths of the tokens that begin with a character, descending. */
    private final Map<Character, int[]> lengths = new HashMap<>();

    AddedTokenSplitter(Collection<AddedToken> tokens) {
        Map<Character, List<Integer>> byFirst = new HashMap<>();
        for (AddedToken token : tokens) {
            if (!token.content().isEmpty()) {
                byContent.put(token.content(), token);
                byFirst.computeIfAbsent(token.content().charAt(0), c -> new ArrayList<>())
                        .add(token.content().length());
            }
        }
        byFirst.forEach((first, all) -> lengths.put(first,
                all.stream().distinct().sorted((a, b) -> b - a).mapToInt(Integer::intValue).toArray()));
    }

    /** Appends the fragments of a text, in order; none of them is empty. */
    void split(String text, List<Fragment> out) {
        int done = 0;
        int at = 0;
        while (at < text.length()) {
            AddedToken token = lengths.isEmpty() ? null : find(text, at);
            if (token == null) {
                at++;
                continue;
            }
            int from = token.leftStrip() ? stripLeft(text, done, at) : at;
            if (from > done) {
                out.add(new Fragment(text.substring(done, from), null));
            }
            out.add(new Fragment(token.content(), token));
            at += token.content().length();
            done = at = token.rightStrip() ? stripRight(text, at) : at;
        }
        if (done < text.length()) {
            out.add(new Fragment(text.substring(done), null));
        }
    }

    private @Nullable AddedToken find(String text, int at) {
        int[] candidates = lengths.get(text.charAt(at));
        if (candidates == null) {
            return null;
        }
        for (int length : candidates) {
            if (at + length <= text.length()) {
                AddedToken token = byContent.get(text.substring(at, at + length));
                if (token != null && (!token.singleWord() || standsAlone(text, at, at + length))) {
                    return token;
                }
            }
        }
        return null;
    }

    private static boolean standsAlone(String text, int from, int to) {
        return (from == 0 || !isWord(text.codePointBefore(from)))
                && (to == text.length() || !isWord(text.codePointAt(to)));
    }

    private static boolean isWord(int c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    private static int stripLeft(String text, int from, int to) {
        int at = to;
        while (at > from && Texts.isWhiteSpace(text.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    private static int stripRight(String text, int from) {
        int at = from;
        while (at < text.length() && Texts.isWhiteSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }
}
