/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.util.List;

/**
 * Where the pages of a snapshot lie in its file.
 *
 * @param start byte offset of the first block
 * @param layers what the pages of each layer look like
 * @param entries entries of each layer
 */
record Blocks(long start, List<LayerLayout> layers, int entries) {
    Blocks {
        layers = List.copyOf(layers);
    }

    /** Entries of a block, fewer in the last. */
    int blockEntries() {
        return layers.stream().mapToInt(LayerLayout::pageTokens).max().orElse(1);
    }

    int count() {
        return Math.ceilDiv(entries, blockEntries());
    }

    /** Entries that the blocks before hold in each layer. */
    int firstEntry(int block) {
        return Math.multiplyExact(block, blockEntries());
    }

    int entriesOf(int block) {
        return Math.min(blockEntries(), entries - firstEntry(block));
    }

    /** Index of the first page of a layer that lies in a block. */
    int firstPage(int block, int layer) {
        return firstEntry(block) / layers.get(layer).pageTokens();
    }

    /** Pages of a layer that lie in a block. */
    int pages(int block, int layer) {
        return Math.ceilDiv(entriesOf(block), layers.get(layer).pageTokens());
    }

    /** Pages of all layers that lie in a block. */
    int pages(int block) {
        int pages = 0;
        for (int layer = 0; layer < layers.size(); layer++) {
            pages = Math.addExact(pages, pages(block, layer));
        }
        return pages;
    }

    /** Bytes of the pages of a block: the offset of its checksums. */
    long pageBytes(int block) {
        long bytes = 0;
        for (int layer = 0; layer < layers.size(); layer++) {
            bytes += pages(block, layer) * layers.get(layer).pageBytes();
        }
        return bytes;
    }

    /** Bytes of a block with checksums and padding. */
    long bytes(int block) {
        return SnapshotFormat.aligned(pageBytes(block) + (long) Integer.BYTES * pages(block));
    }

    /** Byte offset of a block in the file. */
    long offset(int block) {
        return block == 0 ? start : start + block * bytes(0);
    }

    /** Bytes of the file. */
    long end() {
        int count = count();
        return count == 0 ? start : offset(count - 1) + bytes(count - 1);
    }

    /** Bytes of the largest page. */
    long largestPage() {
        return layers.stream().mapToLong(LayerLayout::pageBytes).max().orElse(0);
    }
}
