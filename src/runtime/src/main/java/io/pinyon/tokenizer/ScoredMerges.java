/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/**
 * SentencePiece's BPE (Kudo and Richardson 2018): any two neighbours that together are a token may merge, the pair of
 * highest score first.
 */
final class ScoredMerges extends MergingModel {
    private final int[] priorities;

    /** @param scores of every token; the higher, the earlier it is merged */
    ScoredMerges(Vocabulary vocabulary, float[] scores, Unknown unknown) {
        super(vocabulary, unknown);
        priorities = new int[scores.length];
        for (int id = 0; id < scores.length; id++) {
            priorities[id] = descending(scores[id]);
        }
    }

    @Override
    SymbolMerger.Pairs pairs(String piece) {
        return (left, right, start, end) -> {
            int id = vocabulary.textId(piece.substring(start, end));
            return id == Vocabulary.ABSENT ? SymbolMerger.Pairs.NONE : SymbolMerger.Pairs.of(priorities[id], id);
        };
    }

    /** An unsigned number that falls as the score rises. */
    private static int descending(float score) {
        int bits = Float.floatToIntBits(score + 0.0f);
        return bits < 0 ? bits : ~bits & 0x7FFFFFFF;
    }
}
