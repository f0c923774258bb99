/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** Byte pair encoding (Sennrich et al. 2016): pairs merge in the order in which training found them. */
final class RankedMerges extends MergingModel {
    private final MergeTable merges;
    private final boolean wholeWords;

    /** @param wholeWords a piece that is itself a token is that token, whatever the merges say (Llama 3) */
    RankedMerges(Vocabulary vocabulary, MergeTable merges, Unknown unknown, boolean wholeWords) {
        super(vocabulary, unknown);
        this.merges = merges;
        this.wholeWords = wholeWords;
    }

    @Override
    SymbolMerger.Pairs pairs(String piece) {
        return (left, right, start, end) -> merges.find(left, right);
    }

    @Override
    public void encode(String piece, TokenSink out) {
        int whole = wholeWords ? vocabulary.textId(piece) : Vocabulary.ABSENT;
        if (whole == Vocabulary.ABSENT) {
            super.encode(piece, out);
        } else {
            out.add(whole);
        }
    }
}
