/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * The {@code post_processor} of a tokenizer.json, reduced to the tokens around a single text.
 *
 * @param before ids put before the text
 * @param after ids put after the text
 */
record JsonPostProcessor(List<Integer> before, List<Integer> after) {
    private static final Set<String> KNOWN = Set.of("Sequence", "ByteLevel", "TemplateProcessing", "BertProcessing",
            "RobertaProcessing");

    static JsonPostProcessor read(Optional<JsonFields> component, Vocabulary vocabulary) {
        JsonPostProcessor out = new JsonPostProcessor(new ArrayList<>(), new ArrayList<>());
        component.ifPresent(fields -> out.add(fields, vocabulary));
        return out;
    }

    private void add(JsonFields fields, Vocabulary vocabulary) {
        switch (fields.type("post-processor", KNOWN)) {
            case "Sequence" -> fields.objects("processors").forEach(part -> add(part, vocabulary));
            case "TemplateProcessing" -> template(fields, vocabulary);
            case "BertProcessing", "RobertaProcessing" -> {
                before.addFirst(pair(fields, "cls", vocabulary));
                after.add(pair(fields, "sep", vocabulary));
            }
            default -> {
                // ByteLevel only trims offsets, which nobody here asks for.
            }
        }
    }

    private void template(JsonFields fields, Vocabulary vocabulary) {
        List<Integer> first = new ArrayList<>();
        boolean text = false;
        for (JsonFields part : fields.objects("single")) {
            Optional<JsonFields> token = part.object("SpecialToken");
            if (token.isEmpty()) {
                text |= part.object("Sequence").isPresent();
            } else {
                ids(fields, token.get().requiredString("id"), vocabulary, text ? after : first);
            }
        }
        before.addAll(0, first);
    }

    private static void ids(JsonFields fields, String name, Vocabulary vocabulary, List<Integer> out) {
        JsonFields entry = fields.object("special_tokens")
                .flatMap(all -> all.object(name))
                .orElseThrow(() -> TokenizerErrors.field(fields.path("special_tokens"),
                        "no entry for " + TokenizerErrors.quoted(name)));
        JsonNode ids = entry.find("ids").orElseThrow(() -> TokenizerErrors.field(entry.path("ids"), "missing"));
        if (!(ids instanceof ArrayNode array)) {
            throw TokenizerErrors.field(entry.path("ids"), "not an array");
        }
        array.valueStream().forEach(id -> out.add(checked(entry.path("ids"), id, vocabulary)));
    }

    private static int pair(JsonFields fields, String name, Vocabulary vocabulary) {
        JsonNode pair = fields.find(name).orElseThrow(() -> TokenizerErrors.field(fields.path(name), "missing"));
        if (!(pair instanceof ArrayNode array) || array.size() != 2) {
            throw TokenizerErrors.field(fields.path(name), "not a token and its id");
        }
        return checked(fields.path(name), array.get(1), vocabulary);
    }

    private static int checked(String path, JsonNode id, Vocabulary vocabulary) {
        long value = JsonFields.integer(path, id);
        if (value < 0 || value >= vocabulary.size()) {
            throw TokenizerErrors.field(path,
                    value + " is outside the vocabulary of " + vocabulary.size() + " tokens");
        }
        return (int) value;
    }
}
