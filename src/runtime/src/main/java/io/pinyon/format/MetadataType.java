/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.util.Optional;

/** Types of metadata values, with their numbers in GGUF files (the order of declaration). */
public enum MetadataType {
    UINT8(1), INT8(1), UINT16(2), INT16(2), UINT32(4), INT32(4), FLOAT32(4), BOOL(1),
    /** 64-bit length, then UTF-8. */
    STRING(8),
    /** Element type, 64-bit count, elements. */
    ARRAY(12), UINT64(8), INT64(8), FLOAT64(8);

    private static final MetadataType[] BY_NUMBER = values();

    private final int bytes;

    MetadataType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of a value; for strings and arrays the least there can be. */
    int bytes() {
        return bytes;
    }

    /** Whether every value takes {@link #bytes()}. */
    boolean fixed() {
        return this != STRING && this != ARRAY;
    }

    /** Whether values are integers of some width. */
    boolean whole() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
            default -> false;
        };
    }

    static Optional<MetadataType> byNumber(int number) {
        return number >= 0 && number < BY_NUMBER.length ? Optional.of(BY_NUMBER[number]) : Optional.empty();
    }
}
