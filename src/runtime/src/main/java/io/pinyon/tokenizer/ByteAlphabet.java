/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * The printable alphabet in which byte-level vocabularies (GPT-2 and after) write bytes: a printable Latin-1 byte stands
 * for itself, the other 68 take the code points from U+0100 on in ascending order.
 */
final class ByteAlphabet {
    private static final char[] CHARACTERS = characters();
    private static final short[] BYTES = bytes();

    private ByteAlphabet() {}

    /** The character of a byte, 0 to 255. */
    static char character(int unsignedByte) {
        return CHARACTERS[unsignedByte];
    }

    /** Writes the UTF-8 bytes of a text, one character each. */
    static String write(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        char[] out = new char[utf8.length];
        for (int i = 0; i < utf8.length; i++) {
            out[i] = CHARACTERS[utf8[i] & 0xFF];
        }
        return new String(out);
    }

    /** The bytes that a token stands for, or null when it has a character outside the alphabet. */
    static byte @Nullable [] read(String token) {
        byte[] out = new byte[token.length()];
        for (int i = 0; i < out.length; i++) {
            char c = token.charAt(i);
            if (c >= BYTES.length || BYTES[c] < 0) {
                return null;
            }
            out[i] = (byte) BYTES[c];
        }
        return out;
    }

    private static char[] characters() {
        char[] out = new char[256];
        char next = 0x100;
        for (int b = 0; b < out.length; b++) {
            boolean printable = Texts.between(b, '!', '~') || Texts.between(b, 0xA1, 0xAC) || b >= 0xAE;
            out[b] = printable ? (char) b : next++;
        }
        return out;
    }

    private static short[] bytes() {
        short[] out = new short[0x100 + 68];
        Arrays.fill(out, (short) -1);
        for (int b = 0; b < CHARACTERS.length; b++) {
            out[CHARACTERS[b]] = (short) b;
        }
        return out;
    }
}
