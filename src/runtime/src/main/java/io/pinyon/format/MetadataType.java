/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.util.List;
import java.util.Optional;

/** Types of metadata values, with their numbers in GGUF files. */
public enum MetadataType {
    UINT8(0, 1), INT8(1, 1), UINT16(2, 2), INT16(3, 2), UINT32(4, 4), INT32(5, 4), FLOAT32(6, 4), BOOL(7, 1),
    /** 64-bit length, then UTF-8. */
    STRING(8, 8),
    /** Element type, 64-bit count, elements. */
    ARRAY(9, 12), UINT64(10, 8), INT64(11, 8), FLOAT64(12, 8);

    private static final List<MetadataType> ALL = List.of(values());

    private final int number;
    private final int bytes;

    MetadataType(int number, int bytes) {
        this.number = number;
        this.bytes = bytes;
    }

    /** The type's number in a file. */
    int number() {
        return number;
    }

    /** Bytes of a value; for strings and arrays the least there can be. */
    int bytes() {
        return bytes;
    }

    /** Whether values are integers of some width. */
    boolean whole() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            default -> false;
        };
    }

    static Optional<MetadataType> byNumber(int number) {
        return ALL.stream().filter(type -> type.number == number).findFirst();
    }
}
