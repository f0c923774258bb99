/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;

/**
 * Rows of a step that belong to one sequence: row {@code firstRow + i} is the token at position
 * {@code firstPosition + i}, and reads or writes the entries of {@code views}.
 *
 * @param views the sequence's entries, one view for each layer
 * @param firstRow first row in the step's tensors
 * @param rowCount number of rows, at least 1
 * @param firstPosition position of the first row; entries before it were stored by earlier steps
 */
public record KvSpan(List<KvView> views, int firstRow, int rowCount, int firstPosition) {
    /** Copies the list of views. */
    public KvSpan {
        views = List.copyOf(views);
    }
}
