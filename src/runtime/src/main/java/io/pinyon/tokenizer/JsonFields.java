/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Typed access to the members of a JSON object; a wrong type is refused, and {@code null} counts as absent.
 *
 * @param path where the object is, for messages
 */
record JsonFields(String path, ObjectNode object) {
    static JsonFields of(String path, JsonNode node) {
        if (node instanceof ObjectNode object) {
            return new JsonFields(path, object);
        }
        throw TokenizerErrors.field(path, "not an object");
    }

    Optional<JsonNode> find(String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    Optional<JsonFields> object(String name) {
        return find(name).map(node -> of(path(name), node));
    }

    List<JsonFields> objects(String name) {
        JsonNode node = find(name).orElseThrow(() -> TokenizerErrors.field(path(name), "missing"));
        if (!(node instanceof ArrayNode array)) {
            throw TokenizerErrors.field(path(name), "not an array");
        }
        return array.valueStream().map(element -> of(path(name), element)).toList();
    }

    Optional<String> string(String name) {
        return find(name).map(node -> {
            if (!node.isString()) {
                throw TokenizerErrors.field(path(name), "not a string");
            }
            return node.stringValue();
        });
    }

    String requiredString(String name) {
        return string(name).orElseThrow(() -> TokenizerErrors.field(path(name), "missing"));
    }

    Optional<Boolean> bool(String name) {
        return find(name).map(node -> {
            if (!node.isBoolean()) {
                throw TokenizerErrors.field(path(name), "neither true nor false");
            }
            return node.booleanValue();
        });
    }

    boolean bool(String name, boolean otherwise) {
        return bool(name).orElse(otherwise);
    }

    Optional<Long> integer(String name) {
        return find(name).map(node -> integer(path(name), node));
    }

    /** The type of a component, which must be one of the known ones. */
    String type(String what, Collection<String> known) {
        String type = requiredString("type");
        if (!known.contains(type)) {
            throw TokenizerErrors.unsupported(what, type, known.stream().sorted().toList());
        }
        return type;
    }

    String path(String name) {
        return path + "." + name;
    }

    static long integer(String path, JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw TokenizerErrors.field(path, "not an integer");
        }
        return node.longValue();
    }
}
