/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

import io.pinyon.error.ModelFileException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A JSON object of settings, read with types; {@code null} is no value.
 *
 * <p>A value of another type is refused with {@code PIN-MODEL-CONFIG}.
 */
public final class JsonConfig {
    private static final long MOST_BYTES = 16L << 20;
    private static final JsonMapper MAPPER = new JsonMapper();

    private final String source;
    private final JsonNode object;
    private final Map<String, ?> defaults;

    private JsonConfig(String source, JsonNode object, Map<String, ?> defaults) {
        this.source = source;
        this.object = object;
        this.defaults = Map.copyOf(defaults);
    }

    /**
     * Reads a file.
     *
     * @throws ModelFileException {@code PIN-MODEL-JSON} if there is no such file, or it is not a JSON object
     */
    public static JsonConfig read(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
                throw new ModelFileException("PIN-MODEL-JSON", file + " is not a file of at most 16 MiB",
                        "fetch all files of the model");
            }
            JsonNode root = MAPPER.readTree(Files.readAllBytes(file));
            if (!root.isObject()) {
                throw new ModelFileException("PIN-MODEL-JSON", file + " is not a JSON object",
                        "fetch the file again");
            }
            return new JsonConfig(file.toString(), root, Map.of());
        } catch (IOException e) {
            throw new ModelFileException("PIN-MODEL-JSON", file + " cannot be read: " + e.getMessage(),
                    "check its permissions", e);
        } catch (JacksonException e) {
            throw new ModelFileException("PIN-MODEL-JSON", file + " is not JSON: " + e.getOriginalMessage(),
                    "fetch the file again", e);
        }
    }

    /** The same with values for absent keys; {@code null} in the file stays without a value. */
    public JsonConfig withDefaults(Map<String, ?> values) {
        return new JsonConfig(source, object, values);
    }

    /** Whether there is a value, default or not. */
    public boolean has(String key) {
        return find(key).isPresent();
    }

    /** A nested object, if the value is one. */
    public Optional<JsonConfig> object(String key) {
        return find(key).filter(JsonNode::isObject)
                .map(value -> new JsonConfig(source + ", " + key, value, Map.of()));
    }

    /** An integer of at most 32 bits. */
    public OptionalInt integer(String key) {
        Optional<JsonNode> value = find(key, JsonNode::isIntegralNumber, "an integer");
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        if (!value.get().canConvertToInt()) {
            throw wrong(key, value.get(), "an integer of at most 32 bits");
        }
        return OptionalInt.of(value.get().intValue());
    }

    /** An integer that must be there. */
    public int requireInteger(String key) {
        return integer(key).orElseThrow(() -> Features.implausible(source + " has no " + key, "an integer"));
    }

    /** A number. */
    public Optional<Double> real(String key) {
        return find(key, JsonNode::isNumber, "a number").map(JsonNode::doubleValue);
    }

    /** A number that must be there. */
    public double requireReal(String key) {
        return real(key).orElseThrow(() -> Features.implausible(source + " has no " + key, "a number"));
    }

    /** A truth value; false if absent. */
    public boolean flag(String key) {
        return find(key, JsonNode::isBoolean, "true or false").map(JsonNode::booleanValue).orElse(false);
    }

    /** A string. */
    public Optional<String> string(String key) {
        return find(key, JsonNode::isString, "a string").map(JsonNode::stringValue);
    }

    /** An array of strings. */
    public Optional<List<String>> strings(String key) {
        return find(key, JsonNode::isArray, "an array").map(array -> {
            List<String> strings = new ArrayList<>();
            for (JsonNode element : array) {
                if (!element.isString()) {
                    throw wrong(key, element, "a string");
                }
                strings.add(element.stringValue());
            }
            return strings;
        });
    }

    /** An array of numbers. */
    public Optional<List<Double>> reals(String key) {
        return find(key, JsonNode::isArray, "an array").map(array -> {
            List<Double> numbers = new ArrayList<>();
            for (JsonNode element : array) {
                if (!element.isNumber()) {
                    throw wrong(key, element, "a number");
                }
                numbers.add(element.doubleValue());
            }
            return numbers;
        });
    }

    private Optional<JsonNode> find(String key, Predicate<JsonNode> type, String expected) {
        Optional<JsonNode> value = find(key);
        if (value.isPresent() && !type.test(value.get())) {
            throw wrong(key, value.get(), expected);
        }
        return value;
    }

    private Optional<JsonNode> find(String key) {
        JsonNode value = object.get(key);
        if (value == null) {
            return Optional.ofNullable(defaults.get(key)).map(MAPPER::<JsonNode>valueToTree);
        }
        return Optional.of(value).filter(present -> !present.isNull());
    }

    private ModelFileException wrong(String key, JsonNode value, String expected) {
        String text = value.toString();
        return Features.implausible(key + " of " + source + " is "
                + (text.length() > 60 ? text.substring(0, 60) + "…" : text), expected);
    }
}
