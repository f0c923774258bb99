/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression of a tokenizer. Their authors write them for Oniguruma with Ruby syntax over Unicode: classes such
 * as {@code \s} are Unicode's, {@code ^} and {@code $} match at lines, and only a line feed ends a line. Matching is
 * bounded in steps and in stack, because the pattern comes from a file that anyone may have written.
 */
final class TextPattern {
    private static final int MAX_LENGTH = 1 << 14;
    private static final int STEPS_PER_CHARACTER = 4096;
    private static final Pattern RUBY_ONLY = Pattern
            .compile("\\\\[hHRXgK]|\\(\\?[imx-]*y\\{|\\(\\?~|\\\\p\\{\\^|\\[:\\^?[a-z]+:]");
    /** Oniguruma names scripts as they are called, Java puts "Is" before them. */
    private static final Pattern SCRIPT = Pattern.compile("(\\\\[pP]\\{)(Arabic|Bengali|Cyrillic|Devanagari|Greek|Han|"
            + "Hangul|Hebrew|Hiragana|Katakana|Khmer|Latin|Tamil|Thai)}");

    private final String source;
    private final Pattern pattern;

    private TextPattern(String source, Pattern pattern) {
        this.source = source;
        this.pattern = pattern;
    }

    static TextPattern of(String source) {
        if (source.length() > MAX_LENGTH) {
            throw TokenizerErrors.pattern(source, "longer than " + MAX_LENGTH + " characters", null);
        }
        if (RUBY_ONLY.matcher(source).find()) {
            throw TokenizerErrors.pattern(source, "uses an operator that Java's expressions do not have", null);
        }
        try {
            int flags = Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNICODE_CASE | Pattern.MULTILINE | Pattern.UNIX_LINES;
            return new TextPattern(source, Pattern.compile(SCRIPT.matcher(source).replaceAll("$1Is$2}"), flags));
        } catch (PatternSyntaxException e) {
            throw TokenizerErrors.pattern(source, "not a regular expression: " + e.getDescription(), e);
        } catch (StackOverflowError e) {
            throw TokenizerErrors.pattern(source, "nested too deeply", e);
        }
    }

    static TextPattern literal(String text) {
        return new TextPattern(text, Pattern.compile(text, Pattern.LITERAL));
    }

    /** Takes the bounds of every match that is not empty, in order. */
    void forEachMatch(String text, Span span) {
        try {
            Matcher matcher = pattern.matcher(new Bounded(text));
            while (matcher.find()) {
                if (matcher.end() > matcher.start()) {
                    span.accept(matcher.start(), matcher.end());
                }
            }
        } catch (StackOverflowError e) {
            throw TokenizerErrors.pattern(source, "needs too much stack for a text of " + text.length() + " characters",
                    e);
        }
    }

    String replaceAll(String text, String replacement) {
        try {
            return pattern.matcher(new Bounded(text)).replaceAll(replacement);
        } catch (StackOverflowError e) {
            throw TokenizerErrors.pattern(source, "needs too much stack for a text of " + text.length() + " characters",
                    e);
        }
    }

    /** Bounds of a match. */
    @FunctionalInterface
    interface Span {
        void accept(int from, int to);
    }

    /** A text that counts how often it is looked at, which stops expressions that backtrack without end. */
    private final class Bounded implements CharSequence {
        private final String text;
        private long steps;

        Bounded(String text) {
            this.text = text;
            this.steps = (long) STEPS_PER_CHARACTER * (text.length() + 256L);
        }

        @Override
        public char charAt(int index) {
            if (--steps < 0) {
                throw TokenizerErrors.pattern(source,
                        "takes too many steps on a text of " + text.length() + " characters", null);
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
