/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** Every piece is one token, or the unknown one. */
record WholeWords(Vocabulary vocabulary, Unknown unknown) implements SubwordModel {
    @Override
    public void encode(String piece, TokenSink out) {
        int id = vocabulary.textId(piece);
        if (id == Vocabulary.ABSENT) {
            unknown.append(piece, false, out);
        } else {
            out.add(id);
        }
    }
}
