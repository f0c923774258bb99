/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

/** Encodes one piece of normalised text. Implementations are immutable. */
interface SubwordModel {
    /** Appends the ids of a piece that is not empty and has no unpaired surrogate. */
    void encode(String piece, TokenSink out);
}
