/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.error.ModelFileException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** The JSON header of a safetensors file, parsed but not yet checked against the data. */
final class SafetensorsHeader {
    /** The limit of the format's own library. */
    static final int LIMIT = 100_000_000;
    private static final int LENGTH_BYTES = 8;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build()).build();

    private final Path path;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final long dataStart;

    /** A tensor as described: offsets are relative to the data area. */
    record Entry(String name, String dtype, List<Long> shape, long begin, long end) {}

    private SafetensorsHeader(Path path, long dataStart) {
        this.path = path;
        this.dataStart = dataStart;
    }

    static SafetensorsHeader read(MappedFile file) {
        long size = file.size();
        if (size < LENGTH_BYTES) {
            throw malformed(file.path(), "PIN-SAFETENSORS-TRUNCATED", size + " bytes, too few for a header");
        }
        long length = file.bytes().get(LENGTH, 0);
        if (length < 2 || length > Math.min(size - LENGTH_BYTES, LIMIT)) {
            throw malformed(file.path(), "PIN-SAFETENSORS-HEADER", "a header of " + Long.toUnsignedString(length)
                    + " bytes in a file of " + size + "; it may not be a safetensors file");
        }
        SafetensorsHeader header = new SafetensorsHeader(file.path(), LENGTH_BYTES + length);
        header.parse(file.bytes().asSlice(LENGTH_BYTES, length));
        return header;
    }

    private void parse(MemorySegment json) {
        byte[] utf8 = json.toArray(ValueLayout.JAVA_BYTE);
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), utf8)) {
            expect(parser.nextToken() == JsonToken.START_OBJECT, "no JSON object as header");
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("__metadata__")) {
                    parseMetadata(parser);
                } else {
                    entries.put(name, parseEntry(parser, name));
                }
            }
            expect(parser.nextToken() == null, "more than one JSON value as header");
        } catch (JacksonException e) {
            throw malformed(path, "PIN-SAFETENSORS-HEADER", "a header that is not JSON: " + e.getOriginalMessage());
        }
    }

    private void parseMetadata(JsonParser parser) {
        expect(parser.currentToken() == JsonToken.START_OBJECT, "no object as __metadata__");
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            expect(parser.nextToken() == JsonToken.VALUE_STRING, "no string as metadata " + key);
            metadata.put(key, parser.getString());
        }
    }

    private Entry parseEntry(JsonParser parser, String name) {
        expect(parser.currentToken() == JsonToken.START_OBJECT, "no object for tensor " + name);
        Optional<String> dtype = Optional.empty();
        Optional<List<Long>> shape = Optional.empty();
        Optional<List<Long>> offsets = Optional.empty();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            switch (key) {
                case "dtype" -> dtype = Optional.of(parseText(parser, name));
                case "shape" -> shape = Optional.of(parseNumbers(parser, "shape of " + name));
                case "data_offsets" -> offsets = Optional.of(parseNumbers(parser, "data_offsets of " + name));
                default -> parser.skipChildren();
            }
        }
        expect(dtype.isPresent() && shape.isPresent() && offsets.isPresent() && offsets.get().size() == 2,
                "no dtype, shape or pair of data_offsets for tensor " + name);
        return new Entry(name, dtype.get(), shape.get(), offsets.get().getFirst(), offsets.get().getLast());
    }

    private String parseText(JsonParser parser, String name) {
        expect(parser.currentToken() == JsonToken.VALUE_STRING, "no string as dtype of " + name);
        return parser.getString();
    }

    private List<Long> parseNumbers(JsonParser parser, String what) {
        expect(parser.currentToken() == JsonToken.START_ARRAY, "no array as " + what);
        List<Long> numbers = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            expect(parser.currentToken() == JsonToken.VALUE_NUMBER_INT, "no integers as " + what);
            numbers.add(parser.getLongValue());
        }
        return numbers;
    }

    private void expect(boolean holds, String found) {
        if (!holds) {
            throw malformed(path, "PIN-SAFETENSORS-HEADER", found);
        }
    }

    /** Tensors by name, in the order of the file. */
    Map<String, Entry> entries() {
        return entries;
    }

    /** Free-form strings that the writer left. */
    Map<String, String> metadata() {
        return metadata;
    }

    /** Where the data area begins in the file. */
    long dataStart() {
        return dataStart;
    }

    static ModelFileException malformed(Path path, String code, String found) {
        return new ModelFileException(code, path + " has " + Printable.of(found), "fetch the file again");
    }
}
