/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;
import java.util.Map;

import io.pinyon.format.WeightFormat;

/**
 * How a format's blocks are taken apart in device memory, so that wide loads are aligned: each plane holds one range of
 * bytes of every block of the matrix, one block behind the other, and the planes follow each other. No byte is added.
 *
 * @param fields ranges of a block's bytes, one for each plane, together the whole block; one range for blocks that stay
 *     as they are
 */
record WeightPlanes(List<Field> fields) {
    /**
     * A range of a block's bytes.
     *
     * @param offset first byte
     * @param bytes how many
     */
    record Field(int offset, int bytes) {}

    /**
     * Quants first and scales last, so that a plane of fields of 16 bytes' multiples starts at one. What is missing here
     * is aligned in the file, or gains nothing.
     */
    private static final Map<String, WeightPlanes> BY_FORMAT = Map.ofEntries(
            planes("Q4_0", field(2, 16), field(0, 2)),
            planes("Q4_1", field(4, 16), field(0, 4)),
            planes("Q5_0", field(6, 16), field(2, 4), field(0, 2)),
            planes("Q5_1", field(8, 16), field(4, 4), field(0, 4)),
            planes("Q8_0", field(2, 32), field(0, 2)),
            planes("IQ4_NL", field(2, 16), field(0, 2)),
            planes("MXFP4", field(1, 16), field(0, 1)),
            planes("Q2_K", field(16, 64), field(0, 16), field(80, 4)),
            planes("Q3_K", field(32, 64), field(0, 32), field(96, 12), field(108, 2)),
            planes("Q6_K", field(0, 128), field(128, 64), field(192, 16), field(208, 2)),
            planes("IQ4_XS", field(8, 128), field(0, 8)),
            planes("IQ2_XXS", field(2, 64), field(0, 2)),
            planes("IQ2_XS", field(2, 64), field(66, 8), field(0, 2)),
            planes("IQ2_S", field(2, 64), field(66, 16), field(0, 2)),
            planes("IQ3_XXS", field(2, 64), field(66, 32), field(0, 2)),
            planes("IQ3_S", field(2, 64), field(74, 32), field(66, 8), field(106, 4), field(0, 2)),
            planes("IQ1_S", field(2, 32), field(34, 16), field(0, 2)),
            planes("TQ2_0", field(0, 64), field(64, 2)));

    /** Copies the list. */
    WeightPlanes {
        fields = List.copyOf(fields);
    }

    /** The planes of a format. */
    static WeightPlanes of(WeightFormat format) {
        return BY_FORMAT.getOrDefault(format.name(),
                new WeightPlanes(List.of(new Field(0, format.blockBytes()))));
    }

    private static Field field(int offset, int bytes) {
        return new Field(offset, bytes);
    }

    private static Map.Entry<String, WeightPlanes> planes(String format, Field... fields) {
        return Map.entry(format, new WeightPlanes(List.of(fields)));
    }

    /** Whether blocks stay as they are in the file. */
    boolean asInFile() {
        return fields.size() == 1;
    }
}
