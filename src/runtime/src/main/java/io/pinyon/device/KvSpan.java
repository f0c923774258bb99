/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * Rows of a step that belong to one sequence: row {@code firstRow + i} is the token at position
 * {@code firstPosition + i}, and reads or writes the entries of {@code view}.
 *
 * @param view the sequence's entries in one layer
 * @param firstRow first row in the step's tensors
 * @param rowCount number of rows, at least 1
 * @param firstPosition position of the first row; entries before it were stored by earlier steps
 */
public record KvSpan(KvView view, int firstRow, int rowCount, int firstPosition) {}
