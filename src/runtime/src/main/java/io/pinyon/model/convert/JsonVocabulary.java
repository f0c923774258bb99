/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.pinyon.error.ModelFileException;
import tools.jackson.databind.JsonNode;

/**
 * The vocabulary of a tokenizer.json, in the terms of GGUF metadata.
 *
 * @param byteLevel whether tokens are written in the alphabet of bytes of GPT-2
 * @param tokens by id, one for each row of the embedding
 * @param types by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
 * @param merges each {@code left right}, the first one first
 * @param scores by id: the sooner a merge makes the token, the higher
 */
record JsonVocabulary(boolean byteLevel, List<String> tokens, List<Integer> types, List<String> merges,
        List<Float> scores) {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;
    private static final Pattern BYTE_TOKEN = Pattern.compile("<0x[0-9A-F]{2}>");

    static JsonVocabulary read(JsonNode json, int rows) {
        JsonNode model = json.path("model");
        if (!model.path("type").asString("BPE").equals("BPE") || !model.path("vocab").isObject()) {
            throw ModelMetadata.unsupported("a tokenizer of type " + model.path("type"));
        }
        List<String> tokens = new ArrayList<>(rows);
        List<Integer> types = new ArrayList<>(rows);
        for (int id = 0; id < rows; id++) {
            tokens.add("[PAD" + id + "]");
            types.add(UNUSED);
        }
        String unknown = model.path("unk_token").asString("");
        boolean byteFallback = model.path("byte_fallback").asBoolean(false);
        model.path("vocab").properties().forEach(entry -> {
            int id = id(entry.getValue(), entry.getKey(), rows);
            tokens.set(id, entry.getKey());
            types.set(id, type(entry.getKey(), unknown, byteFallback));
        });
        for (JsonNode added : json.path("added_tokens")) {
            String content = added.path("content").asString("");
            int id = id(added.path("id"), content, rows);
            tokens.set(id, content);
            types.set(id, content.equals(unknown)
                    ? UNKNOWN
                    : added.path("special").asBoolean(false) ? CONTROL : USER_DEFINED);
        }
        boolean byteLevel = byteLevel(json);
        if (!byteLevel && !byteFallback) {
            throw ModelMetadata.unsupported("a tokenizer that does not fall back to bytes");
        }
        List<String> merges = merges(model.path("merges"));
        return new JsonVocabulary(byteLevel, List.copyOf(tokens), List.copyOf(types), merges,
                scores(tokens, merges));
    }

    private static boolean byteLevel(JsonNode json) {
        String step = "\"ByteLevel\"";
        return json.path("pre_tokenizer").toString().contains(step) || json.path("decoder").toString().contains(step);
    }

    private static int type(String token, String unknown, boolean byteFallback) {
        if (token.equals(unknown)) {
            return UNKNOWN;
        }
        return byteFallback && BYTE_TOKEN.matcher(token).matches() ? BYTE : NORMAL;
    }

    private static int id(JsonNode id, String token, int rows) {
        if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() >= rows) {
            throw new ModelFileException("PIN-MODEL-VOCAB", "token \"" + token + "\" of tokenizer.json has the id " + id
                    + ", the embedding " + rows + " rows", "use the tokenizer of the same model");
        }
        return id.intValue();
    }

    private static List<String> merges(JsonNode merges) {
        List<String> lines = new ArrayList<>();
        for (JsonNode merge : merges) {
            lines.add(merge.isArray()
                    ? merge.path(0).asString("") + " " + merge.path(1).asString("")
                    : merge.asString(""));
        }
        return List.copyOf(lines);
    }

    private static List<Float> scores(List<String> tokens, List<String> merges) {
        Map<String, Integer> rank = new HashMap<>();
        for (int i = 0; i < merges.size(); i++) {
            int space = merges.get(i).indexOf(' ');
            String merged = merges.get(i).substring(0, Math.max(0, space)) + merges.get(i).substring(space + 1);
            rank.putIfAbsent(merged, i);
        }
        List<Float> scores = new ArrayList<>(tokens.size());
        for (String token : tokens) {
            scores.add((float) -rank.getOrDefault(token, merges.size()));
        }
        return Collections.unmodifiableList(scores);
    }
}
