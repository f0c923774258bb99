/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;

import io.pinyon.format.WeightFormat;

/** Arranges weights as {@link WeightPlanes} says, from bytes as they lie in a file. */
final class PlaneKernels {
    /** Planes that the kernel takes. */
    static final int MAX_FIELDS = 5;

    private static final String IMAGE = "planes";
    private static final int THREADS = 256;
    private static final int BLOCKS_AT_A_TIME = 64;

    private final Gpu gpu;

    PlaneKernels(Gpu gpu) {
        this.gpu = gpu;
    }

    /**
     * Copies blocks to where they belong in a matrix; within {@link Gpu#call}, launches only.
     *
     * @param raw device address of the blocks as in the file, aligned to 2 bytes
     * @param firstBlock which block of the matrix the first one is
     * @param blocks how many
     * @param target the matrix
     */
    void arrange(WeightFormat format, long raw, long firstBlock, long blocks, CudaWeights target) {
        List<WeightPlanes.Field> fields = WeightPlanes.of(format).fields();
        String kernel = "arrange_" + granularity(format);
        // the kernel counts blocks in 32 bits
        for (long done = 0; done < blocks; done += 1 << 30) {
            int count = (int) Math.min(blocks - done, 1 << 30);
            Arguments arguments = gpu.arguments().pointer(raw + done * format.blockBytes()).wide(firstBlock + done)
                    .integer(count).pointer(target.address()).wide(target.blocks()).integer(format.blockBytes());
            for (int i = 0; i < MAX_FIELDS; i++) {
                boolean used = i < fields.size();
                arguments.integer(used ? fields.get(i).offset() : 0).integer(used ? fields.get(i).bytes() : 0);
            }
            gpu.launch(gpu.kernel(IMAGE, kernel), Math.ceilDiv(count, BLOCKS_AT_A_TIME), 1, THREADS, 0, arguments);
        }
    }

    /** Bytes that are copied at a time: 2 where every field is even. */
    static int granularity(WeightFormat format) {
        boolean even = WeightPlanes.of(format).fields().stream()
                .allMatch(field -> field.offset() % 2 == 0 && field.bytes() % 2 == 0);
        return even ? 2 : 1;
    }
}
