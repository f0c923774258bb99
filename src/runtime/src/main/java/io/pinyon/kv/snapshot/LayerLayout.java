/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.util.List;

import io.pinyon.device.KvLayout;

/**
 * What the pages of a layer look like, as a file says it: a {@link KvLayout} with the formats by their names.
 *
 * @param keyFormat name of the format of keys
 * @param valueFormat name of the format of values
 * @param kvHeads number of KV heads
 * @param keyDim elements of a key
 * @param valueDim elements of a value
 * @param pageTokens tokens per page
 * @param pageBytes bytes of a page
 */
public record LayerLayout(String keyFormat, String valueFormat, int kvHeads, int keyDim, int valueDim, int pageTokens,
        long pageBytes) {
    /** What a layout is in a file. */
    public static LayerLayout of(KvLayout layout) {
        return new LayerLayout(layout.keyFormat().name(), layout.valueFormat().name(), layout.kvHeads(),
                layout.keyDim(), layout.valueDim(), layout.pageTokens(), layout.pageBytes());
    }

    /** What layouts are in a file. */
    public static List<LayerLayout> of(List<KvLayout> layouts) {
        return layouts.stream().map(LayerLayout::of).toList();
    }
}
