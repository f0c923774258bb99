/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

import io.pinyon.error.ModelFileException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads JSON of unknown origin with bounds on its size, depth and number of values. */
final class BoundedJson {
    /** Largest file in bytes; the largest tokenizer.json in use has about 35 MB. */
    static final long MAX_BYTES = 256L << 20;

    private static final int MAX_DEPTH = 64;
    private static final int MAX_NAME = 1 << 16;
    /** Vocabularies of 300 000 tokens with merges as pairs need about 4 million. */
    private static final long MAX_TOKENS = 16_000_000;
    private static final int MAX_VALUES = 1_000_000;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNameLength(MAX_NAME)
                    .maxTokenCount(MAX_TOKENS)
                    .build())
            // A vocabulary has more names than a symbol table is meant for.
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .build();

    private final String file;
    private int values;

    private BoundedJson(String file) {
        this.file = file;
    }

    /** Takes the parser of a file, positioned before the first token. */
    interface Reader<T> {
        T read(JsonParser in, BoundedJson json);
    }

    /**
     * Reads a file.
     *
     * @throws ModelFileException {@code PIN-TOKENIZER-READ}, {@code PIN-TOKENIZER-SIZE} or {@code PIN-TOKENIZER-JSON}
     */
    static <T> T read(Path file, Reader<T> reader) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new ModelFileException("PIN-TOKENIZER-SIZE", file + " has " + size + " bytes",
                        "tokenizer files have at most " + MAX_BYTES);
            }
            try (InputStream in = Files.newInputStream(file)) {
                return parse(file.toString(), () -> JSON.createParser(ObjectReadContext.empty(), in), reader);
            }
        } catch (IOException e) {
            throw new ModelFileException("PIN-TOKENIZER-READ", "cannot read " + file + ": " + e.getMessage(),
                    "check the path and its permissions", e);
        }
    }

    /** Reads JSON in memory. */
    static <T> T read(String name, byte[] text, Reader<T> reader) {
        return parse(name, () -> JSON.createParser(ObjectReadContext.empty(), text), reader);
    }

    /** Reads a whole file as one object. */
    static ObjectNode object(Path file) {
        return read(file, (in, json) -> {
            in.nextToken();
            JsonNode node = json.tree(in);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw TokenizerErrors.json(file.toString(), "not a JSON object");
        });
    }

    private static <T> T parse(String name, Supplier<JsonParser> parser, Reader<T> reader) {
        try (JsonParser in = parser.get()) {
            T result = reader.read(in, new BoundedJson(name));
            if (in.nextToken() != null) {
                throw TokenizerErrors.json(name, "something follows the end of the JSON object");
            }
            return result;
        } catch (JacksonException e) {
            throw TokenizerErrors.json(name, "not JSON that can be read: " + e.getOriginalMessage(), e);
        }
    }

    /** Refuses anything but the expected token at the parser's position. */
    void expect(JsonParser in, JsonToken token, String where) {
        if (in.currentToken() != token) {
            throw TokenizerErrors.json(file, where + " is " + in.currentToken() + " instead of " + token);
        }
    }

    /** The value at the parser's position with everything in it. */
    JsonNode tree(JsonParser in) {
        if (++values > MAX_VALUES) {
            throw TokenizerErrors.json(file, "more than " + MAX_VALUES + " values outside vocabulary and merges");
        }
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        JsonToken token = in.currentToken();
        return switch (token) {
            case null -> throw TokenizerErrors.json(file, "ends too early");
            case START_OBJECT -> object(in);
            case START_ARRAY -> array(in);
            case VALUE_STRING -> nodes.stringNode(in.getString());
            case VALUE_NUMBER_INT -> number(in);
            case VALUE_NUMBER_FLOAT -> nodes.numberNode(in.getDoubleValue());
            case VALUE_TRUE -> nodes.booleanNode(true);
            case VALUE_FALSE -> nodes.booleanNode(false);
            case VALUE_NULL -> nodes.nullNode();
            default -> throw TokenizerErrors.json(file, "unexpected " + token);
        };
    }

    private ObjectNode object(JsonParser in) {
        ObjectNode out = JsonNodeFactory.instance.objectNode();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            expect(in, JsonToken.PROPERTY_NAME, "a member of an object");
            String name = in.currentName();
            in.nextToken();
            if (out.has(name)) {
                throw TokenizerErrors.json(file, "member " + TokenizerErrors.quoted(name) + " occurs twice");
            }
            out.set(name, tree(in));
        }
        return out;
    }

    private ArrayNode array(JsonParser in) {
        ArrayNode out = JsonNodeFactory.instance.arrayNode();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            out.add(tree(in));
        }
        return out;
    }

    private static JsonNode number(JsonParser in) {
        return switch (in.getNumberType()) {
            case INT, LONG -> JsonNodeFactory.instance.numberNode(in.getLongValue());
            default -> JsonNodeFactory.instance.numberNode(in.getDoubleValue());
        };
    }
}
