/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The {@code decoder} of a tokenizer.json, reduced to what each token adds to the text. The steps "byte fallback" and
 * "fuse" say nothing that the vocabulary does not say already.
 */
final class JsonDecoder {
    private static final Set<String> KNOWN = Set.of("Sequence", "ByteLevel", "Metaspace", "WordPiece", "Replace",
            "ByteFallback", "Fuse", "Strip");

    private Detokenizer.Writing writing = Detokenizer.Writing.WORDS;
    private String mark = "";
    private boolean stripsFirstSpace = true;

    private JsonDecoder() {}

    static Detokenizer read(Optional<JsonFields> component, Vocabulary vocabulary) {
        JsonDecoder decoder = new JsonDecoder();
        component.ifPresent(decoder::read);
        return new Detokenizer(vocabulary, decoder.writing, decoder.mark, decoder.stripsFirstSpace);
    }

    private void read(JsonFields fields) {
        switch (fields.type("decoder", KNOWN)) {
            case "Sequence" -> fields.objects("decoders").forEach(this::read);
            case "ByteLevel" -> write(Detokenizer.Writing.BYTE_LEVEL, "", false);
            case "Metaspace" -> write(Detokenizer.Writing.VISIBLE_SPACE, JsonComponents.replacement(fields),
                    !fields.string("prepend_scheme").orElse("always").equals("never"));
            case "WordPiece" -> write(Detokenizer.Writing.CONTINUED_WORDS, fields.string("prefix").orElse("##"), true);
            case "Replace" -> replace(fields);
            case "Strip" -> strip(fields);
            default -> {
                if (writing == Detokenizer.Writing.WORDS) {
                    write(Detokenizer.Writing.VISIBLE_SPACE, "\u2581", false);
                }
            }
        }
    }

    private void replace(JsonFields fields) {
        String from = JsonComponents.pattern(fields).requiredString("String");
        String to = fields.requiredString("content");
        if (from.isEmpty() || !to.equals(" ")) {
            throw TokenizerErrors.unsupported("decoder Replace with", to, List.of("a space"));
        }
        write(Detokenizer.Writing.VISIBLE_SPACE, from, false);
    }

    private void strip(JsonFields fields) {
        long start = fields.integer("start").orElse(0L);
        long stop = fields.integer("stop").orElse(0L);
        if (!fields.requiredString("content").equals(" ") || start > 1 || start < 0 || stop != 0) {
            throw TokenizerErrors.field(fields.path(), "strips anything but one leading space");
        }
        stripsFirstSpace = start == 1;
    }

    private void write(Detokenizer.Writing how, String with, boolean stripsFirst) {
        writing = how;
        mark = with;
        stripsFirstSpace = stripsFirst;
    }
}
