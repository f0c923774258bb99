/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.pinyon.format.WeightFormat;

/**
 * How a product of few rows is launched.
 *
 * @param image the kernel's image
 * @param kernel its name
 * @param gridX blocks that share the outputs
 * @param gridY blocks for every so many rows of x
 * @param stretch values of a row of x that are staged at a time; 0 where nothing is staged
 * @param split warps that share a group of outputs
 * @param sharedBytes dynamic shared memory of a block
 */
record GemvPlan(String image, String kernel, int gridX, int gridY, int stretch, int split, int sharedBytes) {
    /** Most rows of x that this is for; beyond, weights are decoded once and tensor cores multiply. */
    static final int MAX_ROWS = 16;

    /** Threads of a block. */
    static final int THREADS = 256;

    /** Matrices that one launch takes. */
    static final int MAX_MATRICES = 3;

    /** Most shared memory that a plan asks for. */
    static final int MAX_SHARED_BYTES = 72 << 10;

    private static final int WARP = 32;
    private static final int WARPS = THREADS / WARP;
    private static final int FEW = 8;
    private static final int STAGED_VALUES = 16 << 10;
    private static final int BLOCKS_PER_MULTIPROCESSOR = 3;
    private static final int RESERVED_SHARED_BYTES = 1 << 10;

    /** Steps of a warp through a row below which it is not worth while to divide the row further. */
    private static final int STEPS = 2;

    /**
     * A family of kernels, as in {@code gemv_formats.cuh}.
     *
     * @param image its image
     * @param unit weights that a lane takes at a time
     * @param one outputs that a warp computes at a time for one row of x
     * @param few the same for more rows
     */
    private record Family(String image, int unit, int one, int few) {}

    private static final Family NIBBLES = new Family("gemv_q", 32, 4, 4);
    private static final Family PAIRS = new Family("gemv_k", 64, 2, 2);
    private static final Family DECODED = new Family("gemv_iq", 8, 2, 2);
    private static final Map<String, Family> FAMILIES = Map.ofEntries(
            Map.entry("F32", new Family("gemv_plain", 4, 4, 4)),
            Map.entry("F16", new Family("gemv_plain", 8, 4, 4)),
            Map.entry("BF16", new Family("gemv_plain", 8, 4, 4)),
            Map.entry("Q4_0", NIBBLES),
            Map.entry("Q4_1", NIBBLES),
            Map.entry("Q5_0", NIBBLES),
            Map.entry("Q5_1", NIBBLES),
            Map.entry("Q8_0", new Family("gemv_q", 16, 4, 4)),
            Map.entry("IQ4_NL", NIBBLES),
            Map.entry("MXFP4", NIBBLES),
            Map.entry("Q2_K", PAIRS),
            Map.entry("Q3_K", PAIRS),
            Map.entry("Q4_K", PAIRS),
            Map.entry("Q5_K", PAIRS),
            Map.entry("Q6_K", new Family("gemv_k", 32, 2, 4)),
            Map.entry("IQ4_XS", new Family("gemv_k", 32, 4, 4)),
            Map.entry("IQ1_S", DECODED),
            Map.entry("IQ1_M", DECODED),
            Map.entry("IQ2_XXS", DECODED),
            Map.entry("IQ2_XS", DECODED),
            Map.entry("IQ2_S", DECODED),
            Map.entry("IQ3_XXS", DECODED),
            Map.entry("IQ3_S", DECODED),
            Map.entry("TQ1_0", DECODED),
            Map.entry("TQ2_0", DECODED));

    /** Whether there are kernels for a format. */
    static boolean supports(WeightFormat format) {
        return FAMILIES.containsKey(format.name());
    }

    /**
     * The plan for matrices of one format.
     *
     * @param rows of x, at most {@link #MAX_ROWS}
     * @param cols of x and of every matrix
     * @param outputs rows of each matrix, at most {@link #MAX_MATRICES}
     */
    static GemvPlan of(WeightFormat format, int rows, int cols, List<Integer> outputs, GpuFacts facts) {
        Family family = FAMILIES.get(format.name());
        if (cols % family.unit() != 0) {
            return anyWidth(family, format, rows, outputs);
        }
        int tokens = rows == 1 ? 1 : FEW;
        int height = rows == 1 ? family.one() : family.few();
        int stretch = Math.min(Math.ceilDiv(cols, WARP) * WARP, STAGED_VALUES / tokens);
        int shared = 4 * (tokens * stretch + stretch / 16 + 2 * WARPS * height * tokens);
        int split = split(cols / family.unit());
        int groups = outputs.stream().mapToInt(n -> Math.ceilDiv(n, height)).sum();
        int resident = Math.clamp(facts.sharedBytes() / (shared + RESERVED_SHARED_BYTES), 1,
                BLOCKS_PER_MULTIPROCESSOR);
        int gridX = Math.min(Math.ceilDiv(groups, WARPS / split), facts.multiprocessors() * resident);
        return new GemvPlan(family.image(), kernel(format) + (rows == 1 ? "_one" : "_few"), gridX,
                Math.ceilDiv(rows, tokens), stretch, split, shared);
    }

    /** Rows of x that are not a multiple of a wide load, which only plain elements have. */
    private static GemvPlan anyWidth(Family family, WeightFormat format, int rows, List<Integer> outputs) {
        int most = outputs.stream().mapToInt(n -> n).max().orElse(0);
        return new GemvPlan(family.image(), kernel(format) + "_any", Math.ceilDiv(most, WARPS),
                Math.ceilDiv(rows, FEW), 0, 1, 0);
    }

    /** By the width alone, so that the bits of a product do not depend on what is launched with it. */
    private static int split(int units) {
        int steps = Math.ceilDiv(units, WARP);
        int split = 1;
        while (split < WARPS && steps >= 2 * split * STEPS) {
            split *= 2;
        }
        return split;
    }

    private static String kernel(WeightFormat format) {
        return "gemv_" + format.name().toLowerCase(Locale.ROOT);
    }

    /** Whether the kernel takes every width, and one matrix at a time. */
    boolean any() {
        return stretch == 0;
    }
}
