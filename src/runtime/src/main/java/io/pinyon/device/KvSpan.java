/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;

/**
 * Rows of a step that belong to one sequence: row {@code firstRow + i} writes the entry with the index
 * {@code firstPosition + i} of {@code views} and reads it and those before it. That is the token's position too, unless
 * tokens before it were taken out; where a token is in its text matters to rotary embeddings only, not here.
 *
 * @param views the sequence's entries, one view for each layer
 * @param firstRow first row in the step's tensors
 * @param rowCount number of rows, at least 1
 * @param firstPosition index of the first row's entry; entries before it were stored by earlier steps
 */
public record KvSpan(List<KvView> views, int firstRow, int rowCount, int firstPosition) {
    /** Copies the list of views. */
    public KvSpan {
        views = List.copyOf(views);
    }
}
