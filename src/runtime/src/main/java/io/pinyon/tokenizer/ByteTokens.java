/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** The 256 tokens {@code <0x00>} to {@code <0xFF>} with which SentencePiece vocabularies encode any other byte. */
final class ByteTokens {
    private static final int LENGTH = "<0x00>".length();

    private ByteTokens() {}

    static boolean isByteToken(String token) {
        return token.length() == LENGTH && token.startsWith("<0x") && token.endsWith(">") && isHex(token.charAt(3))
                && isHex(token.charAt(4));
    }

    static byte valueOf(String token) {
        return (byte) Integer.parseInt(token, 3, 5, 16);
    }

    /** Ids of the byte tokens by unsigned byte value; {@link Vocabulary#ABSENT} where there is none. */
    static int[] ids(Vocabulary vocabulary) {
        int[] ids = new int[256];
        for (int value = 0; value < ids.length; value++) {
            int id = vocabulary.id(String.format("<0x%02X>", value));
            ids[value] = id;
        }
        return ids;
    }

    private static boolean isHex(char c) {
        return Texts.between(c, '0', '9') || Texts.between(c, 'A', 'F') || Texts.between(c, 'a', 'f');
    }
}
