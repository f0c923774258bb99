/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.util.List;

/** One metadata value of a GGUF file. */
public sealed interface MetadataValue {
    /** Its type in the file. */
    MetadataType type();

    /**
     * An integer.
     *
     * @param type one of the integer types
     * @param value the value; for {@link MetadataType#UINT64} its 64 bits
     */
    record Whole(MetadataType type, long value) implements MetadataValue {
        /** Checks the type. */
        public Whole {
            require(type.whole(), type);
        }
    }

    /**
     * A floating-point number.
     *
     * @param type {@link MetadataType#FLOAT32} or {@link MetadataType#FLOAT64}
     * @param value the value
     */
    record Real(MetadataType type, double value) implements MetadataValue {
        /** Checks the type. */
        public Real {
            require(type == MetadataType.FLOAT32 || type == MetadataType.FLOAT64, type);
        }
    }

    /** A truth value. */
    record Flag(boolean value) implements MetadataValue {
        @Override
        public MetadataType type() {
            return MetadataType.BOOL;
        }
    }

    /** A string. */
    record Text(String value) implements MetadataValue {
        @Override
        public MetadataType type() {
            return MetadataType.STRING;
        }
    }

    /**
     * An array. Read from a file, its values are decoded each time they are asked for, while the file is open.
     *
     * @param elementType type of every value
     * @param values the values
     */
    record Sequence(MetadataType elementType, List<MetadataValue> values) implements MetadataValue {
        @Override
        public MetadataType type() {
            return MetadataType.ARRAY;
        }

        @Override
        public String toString() {
            return "[" + values.size() + " x " + elementType + "]";
        }
    }

    /** A string value. */
    static MetadataValue of(String value) {
        return new Text(value);
    }

    /** A 32-bit unsigned integer, which is what GGUF uses for sizes. */
    static MetadataValue of(int value) {
        return new Whole(MetadataType.UINT32, value);
    }

    /** A 32-bit float. */
    static MetadataValue of(float value) {
        return new Real(MetadataType.FLOAT32, value);
    }

    /** A truth value. */
    static MetadataValue of(boolean value) {
        return new Flag(value);
    }

    /** An array of strings. */
    static MetadataValue ofStrings(List<String> values) {
        return new Sequence(MetadataType.STRING, values.stream().map(MetadataValue::of).toList());
    }

    private static void require(boolean fits, MetadataType type) {
        if (!fits) {
            throw new IllegalArgumentException("wrong type " + type);
        }
    }
}
