/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

/** Gets the logits of consecutive tokens. */
@FunctionalInterface
public interface LogitsListener {
    /**
     * Called on the calling thread after each chunk. An exception ends the call and is thrown on.
     *
     * @param firstRow index of the first row among the tokens of the call
     * @param rows number of rows
     * @param logits row-major {@code [rows, vocabularySize]}, perhaps with unused space behind; valid during the call
     */
    void onLogits(int firstRow, int rows, float[] logits);
}
