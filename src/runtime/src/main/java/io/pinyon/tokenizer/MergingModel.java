/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** Models that merge characters into tokens: by rank (byte pair encoding) or by score (SentencePiece). */
abstract class MergingModel implements SubwordModel {
    private static final int TABLE = 0x180;

    final Vocabulary vocabulary;
    private final Unknown unknown;
    private final int[] characterIds = new int[TABLE];

    MergingModel(Vocabulary vocabulary, Unknown unknown) {
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        for (char c = 0; c < TABLE; c++) {
            characterIds[c] = vocabulary.textId(String.valueOf(c));
        }
    }

    /** The merges for one piece. */
    abstract SymbolMerger.Pairs pairs(String piece);

    @Override
    public void encode(String piece, TokenSink out) {
        int length = piece.length();
        int[] ids = new int[length];
        int[] starts = new int[length + 1];
        int count = 0;
        for (int at = 0; at < length; count++) {
            int width = Character.charCount(piece.codePointAt(at));
            char c = piece.charAt(at);
            ids[count] = c < TABLE ? characterIds[c] : vocabulary.textId(piece.substring(at, at + width));
            starts[count] = at;
            at += width;
        }
        starts[count] = length;
        SymbolMerger symbols = new SymbolMerger(pairs(piece), ids, starts, count);
        symbols.run();
        boolean afterUnknown = false;
        for (int at = 0; at < count; at = symbols.next(at)) {
            if (symbols.id(at) != Vocabulary.ABSENT) {
                out.add(symbols.id(at));
                afterUnknown = false;
            } else {
                afterUnknown = unknown.append(piece.substring(symbols.start(at), symbols.end(at)), afterUnknown, out);
            }
        }
    }
}
