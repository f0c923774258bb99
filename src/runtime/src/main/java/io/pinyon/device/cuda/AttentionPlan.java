/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.stream.IntStream;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Compute;
import io.pinyon.device.KvLayout;
import io.pinyon.error.DeviceException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;

/**
 * Which kernel does the attention of a step, and in how many blocks.
 *
 * @param way how rows are divided
 * @param kernel its C name; the image is that of the way
 * @param gridX blocks in x
 * @param gridY blocks in y
 * @param sharedBytes dynamic shared memory of a block
 * @param passes blocks that share the query heads of one KV head, when decoding
 */
record AttentionPlan(Way way, String kernel, int gridX, int gridY, int sharedBytes, int passes) {
    /** How rows are divided. */
    enum Way {
        /** Each row on its own, its keys divided among blocks; float32. */
        DECODE("attention_decode", 128),
        /** Tiles of rows, float32. */
        TILES("attention_prefill", 256),
        /** Tiles of rows on tensor cores, in the format of the pages. */
        TENSOR_CORES("attention_mma", 128);

        private final String image;
        private final int threads;

        Way(String image, int threads) {
            this.image = image;
            this.threads = threads;
        }

        String image() {
            return image;
        }

        /** Threads of a block. */
        int threads() {
            return threads;
        }
    }

    /**
     * What a step is like.
     *
     * @param rows rows of the step
     * @param longestSpan most rows of a span
     * @param tiles tiles of rows
     */
    record Step(int rows, int longestSpan, int tiles) {}

    /** Most rows that are always decoded; such steps are captured, so nothing else may decide. */
    static final int DECODE_ROWS = 16;
    /** Query heads that a decoding block takes. */
    static final int BLOCK_HEADS = 16;
    /** Most parts of a row's keys. */
    static final int MAX_SPLITS = 128;

    private static final int BLOCKS_OF_MULTIPROCESSOR = 3;
    private static final int SMALLEST_PAGE = 8;
    private static final int MAX_GRID_Y = 65535;
    private static final int[] DIMS = {64, 128, 256};

    static AttentionPlan of(Step step, KvLayout layout, AttentionSpec spec, Compute compute, int multiprocessors) {
        int dim = paddedDim(layout);
        int passes = Math.ceilDiv(spec.heads() / spec.kvHeads(), BLOCK_HEADS);
        long blocksOfRows = (long) step.rows() * spec.kvHeads() * passes;
        if (step.rows() <= DECODE_ROWS || (step.longestSpan() == 1 && blocksOfRows <= MAX_GRID_Y)) {
            int blocks = Math.toIntExact(blocksOfRows);
            int splits = Math.clamp(BLOCKS_OF_MULTIPROCESSOR * multiprocessors / Math.max(1, blocks), 1, MAX_SPLITS);
            return new AttentionPlan(Way.DECODE, decodeKernel(layout, dim), splits, blocks, 0, passes);
        }
        int tiles = Math.multiplyExact(step.tiles(), spec.heads());
        if (compute == Compute.BF16 && suitsTensorCores(layout, spec)) {
            // two stages of keys and values; large heads keep their queries in shared memory too
            int sharedBytes = 64 * dim * 8;
            if (dim == 256) {
                sharedBytes = 32 * dim * 8 + (32 << 10);
            }
            String kernel = "attention_mma_" + layout.keyFormat().name() + "_" + dim;
            return new AttentionPlan(Way.TENSOR_CORES, kernel, tiles, 1, sharedBytes, 1);
        }
        int side = dim == 256 ? 32 : 64;
        int floats = 2 * side * (dim + 4) + side * (side + 4);
        return new AttentionPlan(Way.TILES, "attention_prefill_" + dim,
                Math.multiplyExact(tiles, CudaKvTable.TILE_ROWS / side), 1, Float.BYTES * floats, 1);
    }

    private static String decodeKernel(KvLayout layout, int dim) {
        boolean wide = layout.keyFormat().equals(layout.valueFormat()) && layout.keyDim() % 8 == 0
                && layout.valueDim() % 8 == 0 && layout.pageTokens() >= SMALLEST_PAGE;
        return wide ? "attention_decode_" + layout.keyFormat().name() + "_" + dim : "attention_decode_any";
    }

    private static boolean suitsTensorCores(KvLayout layout, AttentionSpec spec) {
        KvFormat format = layout.keyFormat();
        return (format.equals(KvFormats.F16) || format.equals(KvFormats.BF16)) && format.equals(layout.valueFormat())
                && layout.keyDim() == layout.valueDim() && layout.keyDim() % 8 == 0 && spec.scale() > 0;
    }

    private static int paddedDim(KvLayout layout) {
        int largest = Math.max(layout.keyDim(), layout.valueDim());
        return IntStream.of(DIMS).filter(dim -> dim >= largest).findFirst()
                .orElseThrow(() -> new DeviceException("PIN-CUDA-HEADDIM",
                        "no CUDA kernel for attention heads of " + largest + " elements",
                        "heads may have up to " + DIMS[DIMS.length - 1] + " elements; use --device cpu"));
    }
}
