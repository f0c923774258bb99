/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;

import org.jspecify.annotations.Nullable;

/** Rewrites a stretch of text before it is cut into pieces. Implementations are immutable. */
@FunctionalInterface
interface Normalizer {
    Normalizer NONE = text -> text;

    String apply(String text);

    static Normalizer sequence(List<Normalizer> steps) {
        return text -> {
            String now = text;
            for (Normalizer step : steps) {
                now = step.apply(now);
            }
            return now;
        };
    }

    static Normalizer unicode(java.text.Normalizer.Form form) {
        return text -> java.text.Normalizer.normalize(text, form);
    }

    static Normalizer lowercase() {
        return text -> text.toLowerCase(Locale.ROOT);
    }

    /** Puts a prefix before any text that is not empty. */
    static Normalizer prepend(String prefix) {
        return text -> text.isEmpty() ? text : prefix + text;
    }

    static Normalizer replace(String from, String to) {
        return text -> text.replace(from, to);
    }

    static Normalizer replace(TextPattern from, String to) {
        String literal = Matcher.quoteReplacement(to);
        return text -> from.replaceAll(text, literal);
    }

    /** Drops combining marks of every kind. */
    static Normalizer stripAccents() {
        return text -> filter(text, c -> switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> "";
            default -> null;
        });
    }

    static Normalizer strip(boolean left, boolean right) {
        return text -> {
            int from = 0;
            int to = text.length();
            while (left && from < to && Texts.isWhiteSpace(text.charAt(from))) {
                from++;
            }
            while (right && from < to && Texts.isWhiteSpace(text.charAt(to - 1))) {
                to--;
            }
            return text.substring(from, to);
        };
    }

    /** The clean-up of BERT (Devlin et al. 2018). */
    static Normalizer bert(boolean clean, boolean spaceIdeographs, boolean stripAccents, boolean lowercase) {
        return text -> {
            String now = clean ? filter(text, Normalizer::cleaned) : text;
            now = spaceIdeographs ? filter(now, c -> isIdeograph(c) ? " " + Character.toString(c) + " " : null) : now;
            now = stripAccents
                    ? filter(java.text.Normalizer.normalize(now, java.text.Normalizer.Form.NFD),
                            c -> Character.getType(c) == Character.NON_SPACING_MARK ? "" : null)
                    : now;
            return lowercase ? now.toLowerCase(Locale.ROOT) : now;
        };
    }

    /** Controls go before white space is looked at, so that U+0085, which is both, vanishes. */
    private static @Nullable String cleaned(int c) {
        boolean plainSpace = c == '\t' || c == '\n' || c == '\r';
        int type = Character.getType(c);
        boolean other = type == Character.CONTROL || type == Character.FORMAT || type == Character.PRIVATE_USE
                || type == Character.SURROGATE || type == Character.UNASSIGNED;
        if (c == 0xFFFD || (other && !plainSpace)) {
            return "";
        }
        return Texts.isWhiteSpace(c) ? " " : null;
    }

    private static boolean isIdeograph(int c) {
        return Texts.between(c, 0x4E00, 0x9FFF) || Texts.between(c, 0x3400, 0x4DBF)
                || Texts.between(c, 0x20000, 0x2A6DF)
                || Texts.between(c, 0x2A700, 0x2B73F) || Texts.between(c, 0x2B740, 0x2B81F)
                || Texts.between(c, 0x2B920, 0x2CEAF)
                || Texts.between(c, 0xF900, 0xFAFF) || Texts.between(c, 0x2F800, 0x2FA1F);
    }

    private static String filter(String text, Replacement replacement) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            String other = replacement.of(c);
            if (other == null) {
                out.appendCodePoint(c);
            } else {
                out.append(other);
            }
        });
        return out.toString();
    }

    /** What replaces a code point; null to keep it. */
    @FunctionalInterface
    interface Replacement {
        @Nullable
        String of(int codePoint);
    }
}
