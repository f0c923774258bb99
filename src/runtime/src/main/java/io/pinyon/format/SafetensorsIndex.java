/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

import io.pinyon.error.ModelFileException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/** The index of a sharded checkpoint: which file holds which tensor. */
final class SafetensorsIndex {
    /** A plain file name: an index must not reach outside its directory. */
    private static final Pattern SHARD_NAME = Pattern
            .compile("[^/\\\\:\\x00-\\x1f.][^/\\\\:\\x00-\\x1f]*\\.safetensors");

    private final Path path;
    private final Map<String, String> shards = new LinkedHashMap<>();

    private SafetensorsIndex(Path path) {
        this.path = path;
    }

    /**
     * Reads an index.
     *
     * @return file name by tensor name
     * @throws ModelFileException {@code PIN-FILE-…}, or {@code PIN-SAFETENSORS-INDEX} if it is malformed
     */
    static Map<String, String> read(Path path) {
        SafetensorsIndex index = new SafetensorsIndex(path);
        try (MappedFile file = MappedFile.open(path)) {
            index.expect(file.size() <= SafetensorsHeader.LIMIT, "the impossible length of " + file.size() + " bytes");
            index.parse(file.bytes().toArray(ValueLayout.JAVA_BYTE));
        }
        return index.shards;
    }

    private void parse(byte[] utf8) {
        boolean found = false;
        try (JsonParser parser = SafetensorsHeader.JSON.createParser(ObjectReadContext.empty(), utf8)) {
            expect(parser.nextToken() == JsonToken.START_OBJECT, "no JSON object");
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                if (key.equals("weight_map")) {
                    parseShards(parser);
                    found = true;
                } else {
                    parser.skipChildren();
                }
            }
            expect(parser.nextToken() == null, "more than one JSON value");
        } catch (JacksonException e) {
            throw malformed("a content that is not JSON: " + e.getOriginalMessage());
        }
        expect(found, "no weight_map");
    }

    private void parseShards(JsonParser parser) {
        expect(parser.currentToken() == JsonToken.START_OBJECT, "no object as weight_map");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String tensor = parser.currentName();
            expect(parser.nextToken() == JsonToken.VALUE_STRING, "no file name for tensor " + tensor);
            String shard = parser.getString();
            expect(SHARD_NAME.matcher(shard).matches(), "the shard name \"" + shard
                    + "\", which is not that of a safetensors file beside it");
            shards.put(tensor, shard);
        }
    }

    private void expect(boolean holds, String found) {
        if (!holds) {
            throw malformed(found);
        }
    }

    private ModelFileException malformed(String found) {
        return SafetensorsHeader.malformed(path, "PIN-SAFETENSORS-INDEX", found);
    }
}
