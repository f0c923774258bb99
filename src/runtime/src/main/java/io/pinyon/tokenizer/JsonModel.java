/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code model} of a tokenizer.json, with vocabulary and merges read without a tree of JSON nodes in between.
 *
 * @param merges the two halves of each merge, one after the other
 * @param fields all other members
 */
record JsonModel(Map<String, Integer> vocabulary, List<String> merges, JsonFields fields) {
    private static final String PATH = "model";
    private static final int MAX_MERGES = 1 << 23;

    static JsonModel read(JsonParser in, BoundedJson json) {
        json.expect(in, JsonToken.START_OBJECT, PATH);
        Map<String, Integer> vocabulary = new HashMap<>();
        List<String> merges = new ArrayList<>();
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            json.expect(in, JsonToken.PROPERTY_NAME, PATH);
            String name = in.currentName();
            in.nextToken();
            if (fields.has(name)) {
                throw TokenizerErrors.field(PATH + "." + name, "occurs twice");
            }
            if (name.equals("vocab") && in.currentToken() == JsonToken.START_OBJECT) {
                vocabulary(in, vocabulary);
                fields.put(name, true);
            } else if (name.equals("merges") && in.currentToken() == JsonToken.START_ARRAY) {
                merges(in, json, merges);
                fields.put(name, true);
            } else {
                fields.set(name, json.tree(in));
            }
        }
        return new JsonModel(vocabulary, merges, new JsonFields(PATH, fields));
    }

    private static void vocabulary(JsonParser in, Map<String, Integer> out) {
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String token = in.currentName();
            if (in.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                throw TokenizerErrors.field(PATH + ".vocab", "the id of token " + TokenizerErrors.quoted(token)
                        + " is no integer");
            }
            int id = id(token, in);
            if (out.put(token, id) != null) {
                throw TokenizerErrors.id(token, id, "the token occurs twice");
            }
        }
    }

    private static int id(String token, JsonParser in) {
        return switch (in.getNumberType()) {
            case INT, LONG -> checkedId(token, in.getLongValue());
            default -> throw TokenizerErrors.field(PATH + ".vocab",
                    "the id of token " + TokenizerErrors.quoted(token) + " is too large");
        };
    }

    /** An id that a vocabulary can have. */
    static int checkedId(String token, long id) {
        if (id < 0 || id >= Vocabulary.MAX_SIZE) {
            throw TokenizerErrors.id(token, id, "ids go from 0 to " + (Vocabulary.MAX_SIZE - 1));
        }
        return (int) id;
    }

    private static void merges(JsonParser in, BoundedJson json, List<String> out) {
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (out.size() / 2 == MAX_MERGES) {
                throw TokenizerErrors.field(PATH + ".merges", "more than " + MAX_MERGES);
            }
            if (in.currentToken() == JsonToken.VALUE_STRING) {
                line(in.getString(), out);
            } else {
                json.expect(in, JsonToken.START_ARRAY, "a merge");
                for (int half = 0; half < 2; half++) {
                    in.nextToken();
                    json.expect(in, JsonToken.VALUE_STRING, "half of a merge");
                    out.add(in.getString());
                }
                in.nextToken();
                json.expect(in, JsonToken.END_ARRAY, "the end of a merge");
            }
        }
    }

    private static void line(String merge, List<String> out) {
        int space = merge.indexOf(' ', 1);
        if (space < 0 || space == merge.length() - 1) {
            throw TokenizerErrors.merge(merge, "not two tokens with a space between");
        }
        out.add(merge.substring(0, space));
        out.add(merge.substring(space + 1));
    }
}
