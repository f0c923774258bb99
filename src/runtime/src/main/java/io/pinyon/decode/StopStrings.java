/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.List;
import java.util.Optional;

/**
 * Looks for stop strings in text that arrives in pieces, and holds back what may become one.
 *
 * <p>The stop string whose last character comes first wins, and of several that end there the longest one: how the text
 * was cut into pieces makes no difference. Every stop string is followed by its own Knuth-Morris-Pratt automaton.
 */
public final class StopStrings {
    private final List<Matcher> matchers;
    private final StringBuilder held = new StringBuilder();
    private Optional<String> match = Optional.empty();

    /**
     * @param stops strings to look for, none of them empty; may be none
     */
    public StopStrings(List<String> stops) {
        matchers = stops.stream().map(Matcher::new).toList();
    }

    /**
     * Takes the next piece.
     *
     * @return text that lies before any stop string, in order and without gaps; nothing more after a match
     */
    public String push(String piece) {
        if (matchers.isEmpty()) {
            return piece;
        }
        StringBuilder safe = new StringBuilder();
        for (int i = 0; i < piece.length() && match.isEmpty(); i++) {
            push(piece.charAt(i), safe);
        }
        return safe.toString();
    }

    /** The stop string that was found. */
    public Optional<String> match() {
        return match;
    }

    /** Gives out what was held back, when no more text comes. */
    public String flush() {
        String rest = held.toString();
        held.setLength(0);
        matchers.forEach(Matcher::restart);
        return rest;
    }

    private void push(char next, StringBuilder safe) {
        held.append(next);
        int possible = 0;
        int found = 0;
        for (Matcher matcher : matchers) {
            int matched = matcher.push(next);
            possible = Math.max(possible, matched);
            if (matched == matcher.stop.length() && matched > found) {
                found = matched;
                match = Optional.of(matcher.stop);
            }
        }
        int end = held.length() - (found > 0 ? found : possible);
        safe.append(held, 0, end);
        held.delete(0, found > 0 ? held.length() : end);
    }

    /** Knuth, Morris and Pratt, "Fast pattern matching in strings", 1977. */
    private static final class Matcher {
        private final String stop;
        private final int[] border;
        private int matched;

        private Matcher(String stop) {
            if (stop.isEmpty()) {
                throw new IllegalArgumentException("empty stop string");
            }
            this.stop = stop;
            border = new int[stop.length() + 1];
            for (int i = 1; i < stop.length(); i++) {
                border[i + 1] = advance(border[i], stop.charAt(i));
            }
        }

        private int push(char next) {
            matched = advance(matched == stop.length() ? border[matched] : matched, next);
            return matched;
        }

        private void restart() {
            matched = 0;
        }

        private int advance(int from, char next) {
            int length = from;
            while (length > 0 && stop.charAt(length) != next) {
                length = border[length];
            }
            return stop.charAt(length) == next ? length + 1 : 0;
        }
    }
}
