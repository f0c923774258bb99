/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.pinyon.error.ModelFileException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** The files of a Hugging Face model directory that a tokenizer is made from. */
record HuggingFaceDirectory(Path directory) {
    private static final long MAX_TEMPLATE_BYTES = 4L << 20;

    Tokenizer tokenizer() {
        Path file = directory.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException("PIN-TOKENIZER-MISSING", "no tokenizer.json in " + directory,
                    "save the tokenizer in its fast form, or use a GGUF conversion of the model");
        }
        return BoundedJson.read(file, TokenizerJson::read).tokenizer(config());
    }

    private TokenizerConfig config() {
        JsonFields tokenizer = find("tokenizer_config.json").orElse(TokenizerConfig.none().tokenizer());
        List<JsonFields> ids = new ArrayList<>();
        find("generation_config.json").ifPresent(ids::add);
        find("config.json").ifPresent(ids::add);
        return new TokenizerConfig(tokenizer, ids, template().or(() -> template(tokenizer)));
    }

    private Optional<JsonFields> find(String name) {
        Path file = directory.resolve(name);
        return Files.isRegularFile(file)
                ? Optional.of(new JsonFields(name, BoundedJson.object(file)))
                : Optional.empty();
    }

    /** The template in a file of its own, which counts before the one in tokenizer_config.json. */
    private Optional<String> template() {
        Path file = directory.resolve("chat_template.jinja");
        try {
            if (!Files.isRegularFile(file)) {
                return Optional.empty();
            }
            if (Files.size(file) > MAX_TEMPLATE_BYTES) {
                throw new ModelFileException("PIN-TOKENIZER-SIZE", file + " has " + Files.size(file) + " bytes",
                        "chat templates have at most " + MAX_TEMPLATE_BYTES);
            }
            return Optional.of(Files.readString(file));
        } catch (IOException e) {
            throw new ModelFileException("PIN-TOKENIZER-READ", "cannot read " + file + ": " + e.getMessage(),
                    "check the path and its permissions", e);
        }
    }

    /** One template, or several by name of which "default" is the one for conversation. */
    private static Optional<String> template(JsonFields tokenizer) {
        Optional<JsonNode> node = tokenizer.find("chat_template");
        if (node.isPresent() && node.get() instanceof ArrayNode) {
            return tokenizer.objects("chat_template").stream()
                    .filter(entry -> entry.requiredString("name").equals("default"))
                    .map(entry -> entry.requiredString("template"))
                    .findFirst();
        }
        return tokenizer.string("chat_template");
    }
}
