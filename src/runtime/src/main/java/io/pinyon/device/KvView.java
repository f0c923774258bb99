/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.List;

/**
 * What a kernel sees of one layer of one sequence: entry {@code i} lies in page {@code i / pageTokens}, slot
 * {@code i % pageTokens}, and belongs to position {@code i}
 * unless tokens before it were taken out; sliding windows count entries.
 *
 * @param layout layout of every page
 * @param pages pages in order of their entries
 */
public record KvView(KvLayout layout, List<KvPage> pages) {
    /** Copies the page list. */
    public KvView {
        pages = List.copyOf(pages);
    }

    /** Entries for which there are pages. */
    public int capacity() {
        return pages.size() * layout.pageTokens();
    }
}
