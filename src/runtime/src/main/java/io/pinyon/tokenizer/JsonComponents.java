/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Normalisers and pre-tokenizers of a tokenizer.json. */
final class JsonComponents {
    private static final Set<String> NORMALIZERS = Set.of("Sequence", "NFC", "NFD", "NFKC", "NFKD", "Lowercase",
            "Strip",
            "StripAccents", "Prepend", "Replace", "BertNormalizer");
    private static final Set<String> PRE_TOKENIZERS = Set.of("Sequence", "ByteLevel", "Split", "Metaspace",
            "Whitespace",
            "WhitespaceSplit", "Digits", "Punctuation", "BertPreTokenizer");

    private JsonComponents() {}

    static Normalizer normalizer(Optional<JsonFields> component) {
        return component.map(JsonComponents::normalizer).orElse(Normalizer.NONE);
    }

    private static Normalizer normalizer(JsonFields fields) {
        return switch (fields.type("normalizer", NORMALIZERS)) {
            case "Sequence" -> Normalizer
                    .sequence(fields.objects("normalizers").stream().map(JsonComponents::normalizer).toList());
            case "Lowercase" -> Normalizer.lowercase();
            case "Strip" -> Normalizer.strip(fields.bool("strip_left", true), fields.bool("strip_right", true));
            case "StripAccents" -> Normalizer.stripAccents();
            case "Prepend" -> Normalizer.prepend(fields.requiredString("prepend"));
            case "Replace" -> replace(fields);
            case "BertNormalizer" -> {
                boolean lowercase = fields.bool("lowercase", true);
                yield Normalizer.bert(fields.bool("clean_text", true), fields.bool("handle_chinese_chars", true),
                        fields.bool("strip_accents", lowercase), lowercase);
            }
            case String form -> Normalizer.unicode(java.text.Normalizer.Form.valueOf(form));
        };
    }

    private static Normalizer replace(JsonFields fields) {
        String content = fields.requiredString("content");
        JsonFields pattern = pattern(fields);
        Optional<String> literal = pattern.string("String");
        if (literal.isPresent()) {
            if (literal.get().isEmpty()) {
                throw TokenizerErrors.field(pattern.path("String"), "empty");
            }
            return Normalizer.replace(literal.get(), content);
        }
        return Normalizer.replace(TextPattern.of(pattern.requiredString("Regex")), content);
    }

    static PreTokenizer preTokenizer(Optional<JsonFields> component) {
        return component.map(JsonComponents::preTokenizer).orElse(PreTokenizer.NONE);
    }

    private static PreTokenizer preTokenizer(JsonFields fields) {
        return switch (fields.type("pre-tokenizer", PRE_TOKENIZERS)) {
            case "Sequence" -> PreTokenizer
                    .sequence(fields.objects("pretokenizers").stream().map(JsonComponents::preTokenizer).toList());
            case "ByteLevel" -> PreTokenizers.byteLevel(fields.bool("add_prefix_space", true),
                    fields.bool("use_regex", true));
            case "Split" -> split(fields);
            case "Metaspace" -> metaspace(fields);
            case "Whitespace" -> PreTokenizers.words();
            case "WhitespaceSplit" -> PreTokenizers.whiteSpace();
            case "Digits" -> PreTokenizers.digits(fields.bool("individual_digits", false));
            case "Punctuation" -> PreTokenizers
                    .punctuation(behavior(fields.string("behavior").orElse("Isolated"), fields));
            default -> PreTokenizers.bert();
        };
    }

    private static PreTokenizer split(JsonFields fields) {
        JsonFields pattern = pattern(fields);
        Optional<String> literal = pattern.string("String");
        TextPattern text = literal.isPresent()
                ? TextPattern.literal(literal.get())
                : TextPattern.of(pattern.requiredString("Regex"));
        return PreTokenizer.split(text, behavior(fields.requiredString("behavior"), fields),
                fields.bool("invert", false));
    }

    private static PreTokenizer metaspace(JsonFields fields) {
        boolean prefix = fields.bool("add_prefix_space", true);
        String scheme = fields.string("prepend_scheme").orElse(prefix ? "always" : "never");
        PreTokenizer.Prepend prepend = switch (scheme) {
            case "always" -> PreTokenizer.Prepend.ALWAYS;
            case "first" -> PreTokenizer.Prepend.FIRST;
            case "never" -> PreTokenizer.Prepend.NEVER;
            default -> throw TokenizerErrors.unsupported(fields.path("prepend_scheme"), scheme,
                    List.of("always", "first", "never"));
        };
        return PreTokenizer.metaspace(replacement(fields), prepend, fields.bool("split", true));
    }

    /** The one visible character that stands for a space. */
    static String replacement(JsonFields fields) {
        String replacement = fields.string("replacement").orElse("\u2581");
        if (replacement.codePointCount(0, replacement.length()) != 1) {
            throw TokenizerErrors.field(fields.path("replacement"), "not one character");
        }
        return replacement;
    }

    private static SplitBehavior behavior(String name, JsonFields fields) {
        return switch (name) {
            case "Removed" -> SplitBehavior.REMOVED;
            case "Isolated" -> SplitBehavior.ISOLATED;
            case "MergedWithPrevious" -> SplitBehavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> SplitBehavior.MERGED_WITH_NEXT;
            case "Contiguous" -> SplitBehavior.CONTIGUOUS;
            default -> throw TokenizerErrors.unsupported(fields.path("behavior"), name,
                    List.of("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"));
        };
    }

    static JsonFields pattern(JsonFields fields) {
        return fields.object("pattern").orElseThrow(() -> TokenizerErrors.field(fields.path("pattern"), "missing"));
    }
}
