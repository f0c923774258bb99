/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import io.pinyon.error.ModelFileException;

/**
 * Named values of a model file.
 *
 * <p>The plain accessors are empty when there is no such key. All of them refuse a value of another type with
 * {@code PIN-GGUF-KEYTYPE}; the {@code require} ones refuse a missing key with {@code PIN-GGUF-NOKEY}. Numbers of any
 * width are accepted, those that the result cannot hold refused with {@code PIN-GGUF-KEYRANGE}. Arrays are copied from
 * the file at each call.
 */
public final class Metadata {
    private final String source;
    private final Map<String, MetadataValue> values;

    /**
     * @param source what to name in messages, such as a file
     * @param values the values, in order
     */
    public Metadata(String source, Map<String, MetadataValue> values) {
        this.source = source;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** All keys, in the order of the file. */
    public Set<String> keys() {
        return values.keySet();
    }

    /** The value of any type. */
    public Optional<MetadataValue> find(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /** A string. */
    public Optional<String> string(String key) {
        return find(key).map(value -> text(key, value));
    }

    /** An integer of at most 32 bits. */
    public Optional<Integer> integer(String key) {
        return find(key).map(value -> narrow(key, value));
    }

    /** An integer of at most 64 bits. */
    public Optional<Long> longInteger(String key) {
        return find(key).map(value -> whole(key, value));
    }

    /** A number, rounded to float32. */
    public Optional<Float> real(String key) {
        return find(key).map(value -> number(key, value));
    }

    /** A truth value. */
    public Optional<Boolean> flag(String key) {
        return find(key).map(value -> truth(key, value));
    }

    /** An array of strings. */
    public Optional<List<String>> strings(String key) {
        return find(key).map(value -> sequence(key, value).stream().map(element -> text(key, element)).toList());
    }

    /** An array of integers of at most 32 bits each. */
    public Optional<int[]> integers(String key) {
        return find(key)
                .map(value -> sequence(key, value).stream().mapToInt(element -> narrow(key, element)).toArray());
    }

    /** An array of numbers, rounded to float32. */
    public Optional<float[]> reals(String key) {
        return find(key).map(value -> {
            List<MetadataValue> elements = sequence(key, value);
            float[] numbers = new float[elements.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = number(key, elements.get(i));
            }
            return numbers;
        });
    }

    /** An array of truth values. */
    public Optional<List<Boolean>> flags(String key) {
        return find(key).map(value -> sequence(key, value).stream().map(element -> truth(key, element)).toList());
    }

    /** As {@link #string}, of a key that must be there. */
    public String requireString(String key) {
        return require(key, "a string", this::string);
    }

    /** As {@link #integer}, of a key that must be there. */
    public int requireInteger(String key) {
        return require(key, "an integer", this::integer);
    }

    /** As {@link #longInteger}, of a key that must be there. */
    public long requireLongInteger(String key) {
        return require(key, "an integer", this::longInteger);
    }

    /** As {@link #real}, of a key that must be there. */
    public float requireReal(String key) {
        return require(key, "a number", this::real);
    }

    /** As {@link #flag}, of a key that must be there. */
    public boolean requireFlag(String key) {
        return require(key, "a truth value", this::flag);
    }

    /** As {@link #strings}, of a key that must be there. */
    public List<String> requireStrings(String key) {
        return require(key, "an array of strings", this::strings);
    }

    /** As {@link #integers}, of a key that must be there. */
    public int[] requireIntegers(String key) {
        return require(key, "an array of integers", this::integers);
    }

    /** As {@link #reals}, of a key that must be there. */
    public float[] requireReals(String key) {
        return require(key, "an array of numbers", this::reals);
    }

    private <T> T require(String key, String expected, Function<String, Optional<T>> accessor) {
        return accessor.apply(key).orElseThrow(() -> new ModelFileException("PIN-GGUF-NOKEY",
                source + " has no " + key + ", which should be " + expected, "convert the model again"));
    }

    private String text(String key, MetadataValue value) {
        if (value instanceof MetadataValue.Text text) {
            return text.value();
        }
        throw wrongType(key, value, "a string");
    }

    private boolean truth(String key, MetadataValue value) {
        if (value instanceof MetadataValue.Flag flag) {
            return flag.value();
        }
        throw wrongType(key, value, "a truth value");
    }

    private List<MetadataValue> sequence(String key, MetadataValue value) {
        if (value instanceof MetadataValue.Sequence sequence) {
            return sequence.values();
        }
        throw wrongType(key, value, "an array");
    }

    private float number(String key, MetadataValue value) {
        return switch (value) {
            case MetadataValue.Real real -> (float) real.value();
            case MetadataValue.Whole whole -> whole(key, whole);
            default -> throw wrongType(key, value, "a number");
        };
    }

    private long whole(String key, MetadataValue value) {
        if (!(value instanceof MetadataValue.Whole whole)) {
            throw wrongType(key, value, "an integer");
        }
        if (whole.type() == MetadataType.UINT64 && whole.value() < 0) {
            throw range(key, Long.toUnsignedString(whole.value()));
        }
        return whole.value();
    }

    private int narrow(String key, MetadataValue value) {
        long whole = whole(key, value);
        if (whole != (int) whole) {
            throw range(key, Long.toString(whole));
        }
        return (int) whole;
    }

    private ModelFileException range(String key, String value) {
        return new ModelFileException("PIN-GGUF-KEYRANGE", key + " of " + source + " is " + value
                + ", which is too large", "convert the model again");
    }

    private ModelFileException wrongType(String key, MetadataValue value, String expected) {
        return new ModelFileException("PIN-GGUF-KEYTYPE", key + " of " + source + " is of type " + value.type()
                + ", not " + expected, "convert the model again");
    }
}
