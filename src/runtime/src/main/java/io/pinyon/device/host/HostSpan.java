/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.List;
import java.util.function.UnaryOperator;

import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;

/**
 * What a {@link io.pinyon.device.KvSpan} says about one layer.
 *
 * @param view the sequence's entries in this layer
 * @param firstRow first row in the step's tensors
 * @param rowCount number of rows, at least 1
 * @param firstPosition position of the first row
 */
public record HostSpan(KvView view, int firstRow, int rowCount, int firstPosition) {
    /** Behind the position of the last row. */
    int end() {
        return firstPosition + rowCount;
    }

    /** Pages of the entries from inclusive to exclusive; none if there are no such entries. */
    List<KvPage> pages(int from, int to) {
        int tokens = view.layout().pageTokens();
        return from < to ? view.pages().subList(from / tokens, (to - 1) / tokens + 1) : List.of();
    }

    /** The same with other pages. */
    HostSpan with(UnaryOperator<KvPage> replace) {
        var replaced = new KvView(view.layout(), view.pages().stream().map(replace).toList());
        return new HostSpan(replaced, firstRow, rowCount, firstPosition);
    }
}
