/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** WordPiece (Devlin et al. 2018): the longest token that fits, from left to right; a word that does not fit is unknown. */
final class WordPiece implements SubwordModel {
    private final Vocabulary vocabulary;
    private final String first;
    private final String later;
    private final int unknown;
    private final int maxCharacters;
    private final int longest;

    /**
     * @param first prefix of tokens that begin a word
     * @param later prefix of tokens that continue one
     * @param unknown id for words that cannot be spelled
     * @param maxCharacters longer words are unknown
     */
    WordPiece(Vocabulary vocabulary, String first, String later, int unknown, int maxCharacters) {
        this.vocabulary = vocabulary;
        this.first = first;
        this.later = later;
        this.unknown = unknown;
        this.maxCharacters = maxCharacters;
        int max = 1;
        for (int id = 0; id < vocabulary.size(); id++) {
            max = Math.max(max, vocabulary.token(id).length());
        }
        this.longest = max;
    }

    @Override
    public void encode(String piece, TokenSink out) {
        int mark = out.size();
        if (piece.codePointCount(0, piece.length()) > maxCharacters) {
            out.add(unknown);
            return;
        }
        int at = 0;
        while (at < piece.length()) {
            int end = append(piece, at, out);
            if (end == at) {
                out.truncate(mark);
                out.add(unknown);
                return;
            }
            at = end;
        }
    }

    private int append(String word, int at, TokenSink out) {
        String prefix = at == 0 ? first : later;
        for (int end = Math.min(word.length(), at + longest); end > at; end--) {
            int id = vocabulary.textId(prefix + word.substring(at, end));
            if (id != Vocabulary.ABSENT) {
                out.add(id);
                return end;
            }
        }
        return at;
    }
}
