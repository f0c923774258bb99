/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import io.pinyon.error.ModelFileException;
import io.pinyon.format.GgufWriter;
import io.pinyon.format.MetadataType;
import io.pinyon.format.MetadataValue;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The tokenizer of a model directory as GGUF metadata: the keys {@code tokenizer.ggml.*} for every reader, and all of
 * {@code tokenizer.json} under {@code tokenizer.huggingface.json}, which is exact.
 */
final class TokenizerMetadata {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final long MOST_BYTES = 256L << 20;
    private static final JsonMapper MAPPER = new JsonMapper();

    private final GgufWriter writer;
    private final Path directory;
    private final int rows;
    private final List<String> notices;

    TokenizerMetadata(GgufWriter writer, Path directory, int rows, List<String> notices) {
        this.writer = writer;
        this.directory = directory;
        this.rows = rows;
        this.notices = notices;
    }

    void write() {
        Path file = directory.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            put("model", MetadataValue.of("none"));
            notices.add("the new file has no tokenizer, because there is no tokenizer.json");
            return;
        }
        JsonNode json = read(file);
        JsonVocabulary vocabulary = JsonVocabulary.read(json, rows);
        JsonNode settings = optional("tokenizer_config.json");
        put("model", MetadataValue.of(vocabulary.byteLevel() ? "gpt2" : "llama"));
        put("tokens", MetadataValue.ofStrings(vocabulary.tokens()));
        put("token_type", new MetadataValue.Sequence(MetadataType.INT32, vocabulary.types().stream()
                .<MetadataValue>map(type -> new MetadataValue.Whole(MetadataType.INT32, type)).toList()));
        if (vocabulary.byteLevel()) {
            put("merges", MetadataValue.ofStrings(vocabulary.merges()));
            put("pre", MetadataValue.of(PreTokenizerName.of(json)));
        } else {
            put("scores", new MetadataValue.Sequence(MetadataType.FLOAT32,
                    vocabulary.scores().stream().<MetadataValue>map(MetadataValue::of).toList()));
            put("add_space_prefix", MetadataValue.of(json.path("normalizer").toString().contains("\"Prepend\"")));
        }
        special(json, settings, vocabulary);
        template(settings).ifPresent(text -> writer.metadata("tokenizer.chat_template", MetadataValue.of(text)));
        writer.metadata("tokenizer.huggingface.json", MetadataValue.of(text(file)));
    }

    private void special(JsonNode json, JsonNode settings, JsonVocabulary vocabulary) {
        JsonNode config = optional("config.json");
        OptionalInt bos = id("bos_token", settings, config, vocabulary);
        bos.ifPresent(id -> put("bos_token_id", MetadataValue.of(id)));
        id("eos_token", settings, config, vocabulary)
                .ifPresent(id -> put("eos_token_id", MetadataValue.of(id)));
        id("pad_token", settings, config, vocabulary)
                .ifPresent(id -> put("padding_token_id", MetadataValue.of(id)));
        id("unk_token", settings, config, vocabulary)
                .ifPresent(id -> put("unknown_token_id", MetadataValue.of(id)));
        JsonNode addBos = settings.path("add_bos_token");
        put("add_bos_token", MetadataValue.of(addBos.isBoolean()
                ? addBos.booleanValue()
                : bos.isPresent() && vocabulary.tokens().get(bos.getAsInt()).equals(firstOfTemplate(json))));
        put("add_eos_token", MetadataValue.of(settings.path("add_eos_token").asBoolean(false)));
    }

    /** The special token that a post-processor puts before a text; empty if none. */
    private static String firstOfTemplate(JsonNode json) {
        JsonNode post = json.path("post_processor");
        for (JsonNode step : post.path("processors").isArray() ? post.path("processors") : List.of(post)) {
            JsonNode first = step.path("single").path(0).path("SpecialToken").path("id");
            if (first.isString()) {
                return first.stringValue();
            }
        }
        return "";
    }

    /** A special token by its text in tokenizer_config.json, or else by its id in config.json. */
    private static OptionalInt id(String role, JsonNode settings, JsonNode config, JsonVocabulary vocabulary) {
        JsonNode token = settings.path(role);
        JsonNode content = token.isObject() ? token.path("content") : token;
        int byText = content.isString() ? vocabulary.tokens().indexOf(content.stringValue()) : -1;
        if (byText >= 0) {
            return OptionalInt.of(byText);
        }
        JsonNode ids = config.path(role + "_id");
        JsonNode id = ids.isArray() ? ids.path(0) : ids;
        return id.isIntegralNumber() && id.canConvertToInt() && id.intValue() >= 0
                && id.intValue() < vocabulary.tokens().size() ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
    }

    private Optional<String> template(JsonNode settings) {
        Path file = directory.resolve("chat_template.jinja");
        if (Files.isRegularFile(file)) {
            return Optional.of(text(file));
        }
        JsonNode template = settings.path("chat_template");
        if (template.isArray()) {
            for (JsonNode named : template) {
                if (named.path("name").asString("").equals("default")) {
                    return Optional.of(named.path("template").asString(""));
                }
            }
        }
        return template.isString() ? Optional.of(template.stringValue()) : Optional.empty();
    }

    private JsonNode optional(String name) {
        Path file = directory.resolve(name);
        return Files.isRegularFile(file) ? read(file) : MAPPER.createObjectNode();
    }

    private static JsonNode read(Path file) {
        try {
            return MAPPER.readTree(text(file));
        } catch (JacksonException e) {
            throw new ModelFileException("PIN-MODEL-JSON", file + " is not JSON: " + e.getOriginalMessage(),
                    "fetch the file again", e);
        }
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw new ModelFileException("PIN-MODEL-JSON", file + " is larger than 256 MiB",
                        "fetch the file again");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new ModelFileException("PIN-FILE-UNREADABLE", file + " cannot be read: " + e.getMessage(),
                    "check its permissions", e);
        }
    }

    private void put(String key, MetadataValue value) {
        writer.metadata(PREFIX + key, value);
    }
}
