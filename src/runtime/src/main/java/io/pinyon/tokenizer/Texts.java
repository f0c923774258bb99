/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** Character classes by their Unicode definition, which differs from that of {@link Character} in places. */
final class Texts {
    private Texts() {}

    static boolean between(int c, int first, int last) {
        return c >= first && c <= last;
    }

    /** Unicode property White_Space (PropList), all of it in the basic plane. */
    static boolean isWhiteSpace(int c) {
        return between(c, 0x09, 0x0D) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680
                || between(c, 0x2000, 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F
                || c == 0x3000;
    }

    /** General categories Nd, Nl and No. */
    static boolean isNumber(int c) {
        int type = Character.getType(c);
        return type == Character.DECIMAL_DIGIT_NUMBER || type == Character.LETTER_NUMBER
                || type == Character.OTHER_NUMBER;
    }

    /** ASCII punctuation and symbols, and the general categories P*. */
    static boolean isPunctuation(int c) {
        if (c < 0x80) {
            return between(c, '!', '/') || between(c, ':', '@') || between(c, '[', '`') || between(c, '{', '~');
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION, Character.DASH_PUNCTUATION, Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION, Character.INITIAL_QUOTE_PUNCTUATION, Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION ->
                true;
            default -> false;
        };
    }

    /** The text with every unpaired surrogate, which no encoding can carry, replaced by U+FFFD. */
    static String wellFormed(String text) {
        StringBuilder out = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isHighSurrogate(c) && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1))) {
                    i++;
                } else {
                    out = out == null ? new StringBuilder(text) : out;
                    out.setCharAt(i, '\uFFFD');
                }
            }
        }
        return out == null ? text : out.toString();
    }
}
