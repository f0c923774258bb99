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

    private static final Map<String, WeightPlanes> BY_FORMAT = Map.of();

    /** Copies the list. */
    WeightPlanes {
        fields = List.copyOf(fields);
    }

    /** The planes of a format. */
    static WeightPlanes of(WeightFormat format) {
        return BY_FORMAT.getOrDefault(format.name(),
                new WeightPlanes(List.of(new Field(0, format.blockBytes()))));
    }

    /** Whether blocks stay as they are in the file. */
    boolean asInFile() {
        return fields.size() == 1;
    }
}
