/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;

/** The pre-tokenizers that have no parameters but their name. */
final class PreTokenizers {
    private static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private PreTokenizers() {}

    /** BERT: at white space, and around each punctuation mark. */
    static PreTokenizer bert() {
        return PreTokenizer.sequence(List.of(whiteSpace(), punctuation(SplitBehavior.ISOLATED)));
    }

    static PreTokenizer whiteSpace() {
        return PreTokenizer.characters(Texts::isWhiteSpace, SplitBehavior.REMOVED);
    }

    static PreTokenizer punctuation(SplitBehavior behavior) {
        return PreTokenizer.characters(Texts::isPunctuation, behavior);
    }

    static PreTokenizer digits(boolean single) {
        return PreTokenizer.characters(Texts::isNumber, single ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS);
    }

    /** Words and runs of other characters; what lies between is dropped. */
    static PreTokenizer words() {
        return PreTokenizer.split(TextPattern.of("\\w+|[^\\w\\s]+"), SplitBehavior.REMOVED, true);
    }

    /** The bytes of GPT-2's words, or of the whole piece. */
    static PreTokenizer byteLevel(boolean addSpace, boolean words) {
        PreTokenizer bytes = PreTokenizer.bytes(false);
        if (!words) {
            return PreTokenizer.bytes(addSpace);
        }
        PreTokenizer cut = PreTokenizer.split(TextPattern.of(GPT2), SplitBehavior.ISOLATED, false);
        PreTokenizer both = PreTokenizer.sequence(List.of(cut, bytes));
        return addSpace
                ? (piece, first, out) -> both.split(piece.startsWith(" ") ? piece : " " + piece, first, out)
                : both;
    }
}
