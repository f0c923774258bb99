/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What the files beside a tokenizer.json say about special tokens. A token may be named by its text
 * (tokenizer_config.json) or by its id (generation_config.json, config.json).
 *
 * @param tokenizer tokenizer_config.json
 * @param ids the files that name ids, the one that counts most first
 * @param chatTemplate the Jinja text
 */
record TokenizerConfig(JsonFields tokenizer, List<JsonFields> ids, Optional<String> chatTemplate) {
    private static final String BOS = "bos_token";
    private static final String EOS = "eos_token";

    /** Nothing beside the tokenizer.json. */
    static TokenizerConfig none() {
        return new TokenizerConfig(new JsonFields("tokenizer_config.json", JsonNodeFactory.instance.objectNode()),
                List.of(), Optional.empty());
    }

    Optional<Boolean> addBos() {
        return tokenizer.bool("add_bos_token");
    }

    Optional<Boolean> addEos() {
        return tokenizer.bool("add_eos_token");
    }

    OptionalInt bos(Vocabulary vocabulary) {
        return role(BOS, vocabulary);
    }

    OptionalInt eos(Vocabulary vocabulary) {
        return role(EOS, vocabulary);
    }

    /** Every id that one of the files calls an end of text. */
    List<Integer> endOfGeneration(Vocabulary vocabulary) {
        List<Integer> ends = new ArrayList<>();
        eos(vocabulary).ifPresent(ends::add);
        ids.forEach(file -> ends.addAll(idsIn(file, EOS, vocabulary)));
        return ends;
    }

    private OptionalInt role(String name, Vocabulary vocabulary) {
        Optional<String> text = text(name);
        if (text.isPresent()) {
            int id = vocabulary.id(text.get());
            if (id == Vocabulary.ABSENT) {
                throw TokenizerErrors.field(tokenizer.path(name),
                        TokenizerErrors.quoted(text.get()) + " is not in the vocabulary");
            }
            return OptionalInt.of(id);
        }
        return ids.stream()
                .map(file -> idsIn(file, name, vocabulary))
                .filter(found -> !found.isEmpty())
                .findFirst()
                .map(found -> OptionalInt.of(found.getFirst()))
                .orElse(OptionalInt.empty());
    }

    /** The text of a token: a string, or an object with the content. */
    private Optional<String> text(String name) {
        Optional<JsonNode> node = tokenizer.find(name);
        return node.isPresent() && node.get().isObject()
                ? Optional.of(JsonFields.of(tokenizer.path(name), node.get()).requiredString("content"))
                : tokenizer.string(name);
    }

    /** Ids under a name: none, one, or a list. Some files name ids of another modality, which are left out. */
    private static List<Integer> idsIn(JsonFields file, String name, Vocabulary vocabulary) {
        String key = name + "_id";
        Optional<JsonNode> node = file.find(key);
        if (node.isEmpty()) {
            return file.find("text_config").isEmpty()
                    ? List.of()
                    : idsIn(JsonFields.of(file.path("text_config"), file.object().get("text_config")), name,
                            vocabulary);
        }
        List<JsonNode> nodes = node.get() instanceof ArrayNode array
                ? array.valueStream().toList()
                : Collections.singletonList(node.get());
        return nodes.stream()
                .map(id -> JsonFields.integer(file.path(key), id))
                .filter(id -> id >= 0 && id < vocabulary.size())
                .map(Long::intValue)
                .toList();
    }
}
