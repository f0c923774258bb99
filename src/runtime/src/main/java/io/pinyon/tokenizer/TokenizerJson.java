/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A tokenizer.json, the format of Hugging Face's tokenizers library, as a pipeline.
 *
 * @param postProcessor what the file itself puts around a text
 */
record TokenizerJson(PipelineTokenizer.Encoder encoder, Detokenizer detokenizer, JsonPostProcessor postProcessor) {
    private static final Set<String> MODELS = Set.of("BPE", "WordPiece", "WordLevel");
    private static final Set<String> COMPONENTS = Set.of("added_tokens", "normalizer", "pre_tokenizer",
            "post_processor", "decoder");
    private static final long BERT_MAX_CHARACTERS = 100;

    static TokenizerJson read(JsonParser in, BoundedJson json) {
        ObjectNode components = JsonNodeFactory.instance.objectNode();
        JsonModel model = null;
        in.nextToken();
        json.expect(in, JsonToken.START_OBJECT, "the file");
        while (in.nextToken() != JsonToken.END_OBJECT) {
            json.expect(in, JsonToken.PROPERTY_NAME, "a member of the file");
            String name = in.currentName();
            in.nextToken();
            if (name.equals("model") && model == null) {
                model = JsonModel.read(in, json);
            } else if (components.has(name) || name.equals("model")) {
                throw TokenizerErrors.field(name, "occurs twice");
            } else if (COMPONENTS.contains(name)) {
                components.set(name, json.tree(in));
            } else {
                in.skipChildren();
            }
        }
        return assemble(new JsonFields("tokenizer.json", components), model);
    }

    private static TokenizerJson assemble(JsonFields file, @Nullable JsonModel model) {
        if (model == null) {
            throw TokenizerErrors.field("model", "missing");
        }
        List<AddedToken> added = file.find("added_tokens").isPresent()
                ? file.objects("added_tokens").stream().map(TokenizerJson::added).toList()
                : List.of();
        String type = type(model.fields());
        if (model.fields().find("vocab").filter(v -> v.isBoolean()).isEmpty() || model.vocabulary().isEmpty()) {
            throw TokenizerErrors.field("model.vocab", "missing, empty or no object");
        }
        Vocabulary vocabulary = Vocabulary.of(model.vocabulary(), added);
        SubwordModel subwords = switch (type) {
            case "BPE" -> bytePairs(model, vocabulary);
            case "WordPiece" -> wordPiece(model.fields(), vocabulary);
            default -> new WholeWords(vocabulary, unknown(model.fields(), vocabulary, new int[0]));
        };
        return new TokenizerJson(
                new PipelineTokenizer.Encoder(added, JsonComponents.normalizer(file.object("normalizer")),
                        JsonComponents.preTokenizer(file.object("pre_tokenizer")), subwords),
                JsonDecoder.read(file.object("decoder"), vocabulary),
                JsonPostProcessor.read(file.object("post_processor"), vocabulary));
    }

    /** Files from before 2021 name no type; merges give byte pair encoding away. */
    private static String type(JsonFields model) {
        boolean untyped = model.find("type").isEmpty() && model.find("merges").isPresent();
        return untyped ? "BPE" : model.type("model", MODELS);
    }

    private static SubwordModel bytePairs(JsonModel model, Vocabulary vocabulary) {
        JsonFields fields = model.fields();
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            String value = fields.string(affix).orElse("");
            if (!value.isEmpty()) {
                throw TokenizerErrors.unsupported(fields.path(affix), value, List.of("none"));
            }
        }
        if (fields.find("dropout").isPresent()) {
            throw TokenizerErrors.unsupported(fields.path("dropout"), fields.object().get("dropout").toString(),
                    List.of("none"));
        }
        MergeTable merges = new MergeTable(vocabulary, model.merges().size() / 2);
        for (int i = 0; i < model.merges().size(); i += 2) {
            merges.add(model.merges().get(i), model.merges().get(i + 1));
        }
        int[] bytes = fields.bool("byte_fallback", false) ? ByteTokens.ids(vocabulary) : new int[0];
        return new RankedMerges(vocabulary, merges, unknown(fields, vocabulary, bytes),
                fields.bool("ignore_merges", false));
    }

    private static SubwordModel wordPiece(JsonFields fields, Vocabulary vocabulary) {
        int unknown = vocabulary.id(fields.requiredString("unk_token"));
        if (unknown == Vocabulary.ABSENT) {
            throw TokenizerErrors.field(fields.path("unk_token"), "not in the vocabulary");
        }
        long max = fields.integer("max_input_chars_per_word").orElse(BERT_MAX_CHARACTERS);
        return new WordPiece(vocabulary, "", fields.string("continuing_subword_prefix").orElse("##"), unknown,
                Math.clamp(max, 1, 1 << 16));
    }

    private static Unknown unknown(JsonFields fields, Vocabulary vocabulary, int[] bytes) {
        Optional<String> token = fields.string("unk_token");
        int id = token.map(vocabulary::id).orElse(Vocabulary.ABSENT);
        if (token.isPresent() && id == Vocabulary.ABSENT) {
            throw TokenizerErrors.field(fields.path("unk_token"),
                    TokenizerErrors.quoted(token.get()) + " is not in the vocabulary");
        }
        return new Unknown(bytes, id, fields.bool("fuse_unk", false));
    }

    private static AddedToken added(JsonFields fields) {
        String content = fields.requiredString("content");
        long id = fields.integer("id").orElseThrow(() -> TokenizerErrors.field(fields.path("id"), "missing"));
        boolean special = fields.bool("special", false);
        return new AddedToken(JsonModel.checkedId(content, id), content, special,
                fields.bool("normalized", !special), fields.bool("lstrip", false), fields.bool("rstrip", false),
                fields.bool("single_word", false));
    }

    /** The tokenizer of this file together with what other files say about its special tokens. */
    Tokenizer tokenizer(TokenizerConfig config) {
        Vocabulary vocabulary = detokenizer.vocabulary();
        List<Integer> before = new ArrayList<>(postProcessor.before());
        List<Integer> after = new ArrayList<>(postProcessor.after());
        Optional<Boolean> addBos = config.addBos();
        Optional<Boolean> addEos = config.addEos();
        config.bos(vocabulary).ifPresent(bos -> addBos.ifPresent(add -> around(before, bos, add, 0)));
        config.eos(vocabulary).ifPresent(eos -> addEos.ifPresent(add -> around(after, eos, add, after.size())));
        SpecialTokens special = new SpecialTokens(config.bos(vocabulary), config.eos(vocabulary),
                EndOfGeneration.of(vocabulary, config.endOfGeneration(vocabulary)), List.copyOf(before),
                List.copyOf(after));
        return new PipelineTokenizer(encoder, detokenizer, special, config.chatTemplate());
    }

    private static void around(List<Integer> tokens, int token, boolean add, int at) {
        if (!add) {
            tokens.removeIf(other -> other == token);
        } else if (!tokens.contains(token)) {
            tokens.add(at, token);
        }
    }
}
