/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.nio.charset.StandardCharsets;

/** The bytes that each token adds to a text. */
final class Detokenizer {
    /** How the vocabulary writes text. */
    enum Writing {
        /** In the alphabet of bytes. */
        BYTE_LEVEL,
        /** With a visible space, and bytes as {@code <0x0A>}. */
        VISIBLE_SPACE,
        /** Words, with a mark on tokens that continue one. */
        CONTINUED_WORDS,
        /** Words as they are. */
        WORDS
    }

    private final Vocabulary vocabulary;
    private final Writing writing;
    private final String mark;
    private final boolean stripsFirstSpace;

    /**
     * @param mark what stands for a space, or marks a token that continues a word
     * @param stripsFirstSpace whether the space that begins the text was put there by the encoder
     */
    Detokenizer(Vocabulary vocabulary, Writing writing, String mark, boolean stripsFirstSpace) {
        this.vocabulary = vocabulary;
        this.writing = writing;
        this.mark = mark;
        this.stripsFirstSpace = stripsFirstSpace;
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    boolean stripsFirstSpace() {
        return stripsFirstSpace;
    }

    /** The bytes of a token, with the space before it where words are separated by one. */
    byte[] bytes(int id) {
        String token = vocabulary.token(id);
        return switch (writing) {
            case WORDS -> utf8(token.isEmpty() ? token : " " + token);
            case CONTINUED_WORDS -> utf8(token.startsWith(mark) ? token.substring(mark.length()) : " " + token);
            case BYTE_LEVEL -> {
                byte[] bytes = vocabulary.kind(id) == TokenKind.NORMAL ? ByteAlphabet.read(token) : null;
                yield bytes == null ? utf8(token) : bytes;
            }
            case VISIBLE_SPACE -> switch (vocabulary.kind(id)) {
                case BYTE -> ByteTokens.isByteToken(token) ? new byte[]{ByteTokens.valueOf(token)} : utf8(token);
                case CONTROL, UNKNOWN, USER_DEFINED -> utf8(token);
                case NORMAL, UNUSED -> utf8(token.replace(mark, " "));
            };
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
