/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reads the {@code tokenizer.ggml.*} metadata of the GGUF specification. */
final class GgufVocabulary {
    private static final String PREFIX = "tokenizer.ggml.";
    private static final String TOKENS = PREFIX + "tokens";
    private static final String JSON = "tokenizer.huggingface.json";
    private static final String SPACE = "\u2581";
    private static final int BERT_MAX_CHARACTERS = 100;
    private static final Set<String> NONE = Set.of("none", "no_vocab");

    private final VocabularySource source;

    private GgufVocabulary(VocabularySource source) {
        this.source = source;
    }

    static Tokenizer read(VocabularySource source) {
        // The whole tokenizer.json is exact where the other keys can only name a kind of pre-tokenizer.
        Optional<String> json = source.string(JSON);
        if (json.isPresent()) {
            return BoundedJson.read(JSON, json.get().getBytes(StandardCharsets.UTF_8), TokenizerJson::read)
                    .tokenizer(roles(source));
        }
        String model = source.string(PREFIX + "model")
                .orElseThrow(() -> TokenizerErrors.field(PREFIX + "model", "missing"));
        if (NONE.contains(model)) {
            return new NoTokenizer();
        }
        GgufVocabulary reader = new GgufVocabulary(source);
        return switch (model) {
            case "gpt2" -> reader.bytePairs();
            case "llama" -> reader.sentencePiece();
            case "bert" -> reader.wordPiece();
            default -> throw TokenizerErrors.unsupported(PREFIX + "model", model,
                    List.of("gpt2", "llama", "bert", "none"));
        };
    }

    /** What the keys beside a tokenizer.json say about special tokens, as the files of a directory would. */
    private static TokenizerConfig roles(VocabularySource source) {
        ObjectNode settings = JsonNodeFactory.instance.objectNode();
        for (String name : List.of("add_bos_token", "add_eos_token")) {
            source.bool(PREFIX + name).ifPresent(value -> settings.put(name, value));
        }
        ObjectNode ids = JsonNodeFactory.instance.objectNode();
        ArrayNode ends = ids.putArray("eos_token_id");
        source.integer(PREFIX + "bos_token_id").ifPresent(id -> ids.put("bos_token_id", id));
        for (String role : List.of("eos", "eot", "eom")) {
            source.integer(PREFIX + role + "_token_id").ifPresent(ends::add);
        }
        return new TokenizerConfig(new JsonFields("tokenizer.ggml", settings),
                List.of(new JsonFields("tokenizer.ggml", ids)), source.string("tokenizer.chat_template"));
    }

    private Tokenizer bytePairs() {
        Vocabulary vocabulary = vocabulary();
        GgufPreTokenizer pre = GgufPreTokenizer.named(source.string(PREFIX + "pre").orElse("default"));
        List<String> lines = source.strings(PREFIX + "merges");
        MergeTable merges = new MergeTable(vocabulary, lines.size());
        lines.forEach(merges::add);
        Unknown unknown = new Unknown(new int[0], unknown(vocabulary, Vocabulary.ABSENT), false);
        return tokenizer(new PipelineTokenizer.Encoder(added(vocabulary), Normalizer.NONE, pre.preTokenizer(),
                new RankedMerges(vocabulary, merges, unknown, pre.wholeWords())),
                new Detokenizer(vocabulary, Detokenizer.Writing.BYTE_LEVEL, "", false),
                role(vocabulary, "bos", Vocabulary.ABSENT), role(vocabulary, "eos", Vocabulary.ABSENT), pre.addBos(),
                false);
    }

    private Tokenizer sentencePiece() {
        Vocabulary vocabulary = vocabulary();
        float[] scores = source.floats(PREFIX + "scores");
        if (scores.length != vocabulary.size()) {
            throw TokenizerErrors.field(PREFIX + "scores",
                    scores.length + " scores for " + vocabulary.size() + " tokens");
        }
        for (int id = 0; id < scores.length; id++) {
            if (Float.isNaN(scores[id])) {
                throw TokenizerErrors.field(PREFIX + "scores", "the score of token " + id + " is not a number");
            }
        }
        boolean addSpace = source.bool(PREFIX + "add_space_prefix").orElse(true);
        Normalizer visible = Normalizer.replace(" ", SPACE);
        Normalizer normalizer = addSpace
                ? Normalizer.sequence(List.of(Normalizer.prepend(" "), visible))
                : visible;
        Unknown unknown = new Unknown(ByteTokens.ids(vocabulary), unknown(vocabulary, 0), false);
        return tokenizer(new PipelineTokenizer.Encoder(added(vocabulary), normalizer, PreTokenizer.NONE,
                new ScoredMerges(vocabulary, scores, unknown)),
                new Detokenizer(vocabulary, Detokenizer.Writing.VISIBLE_SPACE, SPACE, addSpace),
                role(vocabulary, "bos", 1), role(vocabulary, "eos", 2), true, false);
    }

    private Tokenizer wordPiece() {
        Vocabulary vocabulary = vocabulary();
        int unknown = unknown(vocabulary, vocabulary.id("[UNK]"));
        if (unknown == Vocabulary.ABSENT) {
            throw TokenizerErrors.field(PREFIX + "unknown_token_id", "missing, and there is no token [UNK]");
        }
        OptionalInt bos = role(vocabulary, "cls", Vocabulary.ABSENT);
        OptionalInt begin = bos.isPresent() ? bos : role(vocabulary, "bos", vocabulary.id("[CLS]"));
        // The misspelt key is the one that converters write.
        OptionalInt sep = role(vocabulary, "seperator", Vocabulary.ABSENT);
        OptionalInt end = sep.isPresent() ? sep : role(vocabulary, "eos", vocabulary.id("[SEP]"));
        return tokenizer(
                new PipelineTokenizer.Encoder(added(vocabulary), Normalizer.bert(true, true, true, true),
                        PreTokenizers.bert(), new WordPiece(vocabulary, SPACE, "", unknown, BERT_MAX_CHARACTERS)),
                new Detokenizer(vocabulary, Detokenizer.Writing.VISIBLE_SPACE, SPACE, true), begin, end, true, true);
    }

    private Tokenizer tokenizer(PipelineTokenizer.Encoder encoder, Detokenizer detokenizer, OptionalInt bos,
            OptionalInt eos, boolean bosByDefault, boolean eosByDefault) {
        Vocabulary vocabulary = detokenizer.vocabulary();
        boolean addEos = source.bool(PREFIX + "add_eos_token")
                .or(() -> source.bool(PREFIX + "add_sep_token"))
                .orElse(eosByDefault);
        boolean addBos = source.bool(PREFIX + "add_bos_token").orElse(bosByDefault);
        List<Integer> ends = new ArrayList<>();
        eos.ifPresent(ends::add);
        role(vocabulary, "eot", Vocabulary.ABSENT).ifPresent(ends::add);
        role(vocabulary, "eom", Vocabulary.ABSENT).ifPresent(ends::add);
        SpecialTokens special = new SpecialTokens(bos, eos, EndOfGeneration.of(vocabulary, ends), ids(addBos, bos),
                ids(addEos, eos));
        Optional<String> template = source.string("tokenizer.chat_template");
        return new PipelineTokenizer(encoder, detokenizer, special, template);
    }

    private static List<Integer> ids(boolean add, OptionalInt id) {
        return add && id.isPresent() ? List.of(id.getAsInt()) : List.of();
    }

    private Vocabulary vocabulary() {
        List<String> tokens = source.strings(TOKENS);
        if (tokens.isEmpty()) {
            throw TokenizerErrors.field(TOKENS, "missing or empty");
        }
        int[] types = source.ints(PREFIX + "token_type");
        if (types.length != 0 && types.length != tokens.size()) {
            throw TokenizerErrors.field(PREFIX + "token_type",
                    types.length + " types for " + tokens.size() + " tokens");
        }
        TokenKind[] kinds = new TokenKind[tokens.size()];
        Arrays.fill(kinds, TokenKind.NORMAL);
        for (int id = 0; id < types.length; id++) {
            kinds[id] = TokenKind.of(types[id], id);
        }
        return Vocabulary.of(tokens, kinds);
    }

    private List<AddedToken> added(Vocabulary vocabulary) {
        // Phi-3 takes the white space after its control tokens along; GGUF has no field for that, so the name decides.
        String name = source.string("general.name").orElse("").toLowerCase(Locale.ROOT);
        boolean phi3 = name.contains("phi-3") || name.contains("phi3");
        Set<String> keepSpace = Set.of("<unk>", "<s>", "<|endoftext|>");
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            TokenKind kind = vocabulary.kind(id);
            if (kind.special() || kind == TokenKind.USER_DEFINED) {
                String token = vocabulary.token(id);
                added.add(AddedToken.plain(id, token, kind.special(), phi3 && !keepSpace.contains(token)));
            }
        }
        return added;
    }

    private int unknown(Vocabulary vocabulary, int otherwise) {
        return role(vocabulary, "unknown", otherwise).orElse(Vocabulary.ABSENT);
    }

    private OptionalInt role(Vocabulary vocabulary, String role, int otherwise) {
        String key = PREFIX + role + "_token_id";
        OptionalLong id = source.integer(key);
        if (id.isEmpty()) {
            return otherwise >= 0 && otherwise < vocabulary.size()
                    ? OptionalInt.of(otherwise)
                    : OptionalInt.empty();
        }
        // 2^32 - 1 is how converters write "none".
        if (id.getAsLong() == 0xFFFF_FFFFL || id.getAsLong() == -1) {
            return OptionalInt.empty();
        }
        if (id.getAsLong() < 0 || id.getAsLong() >= vocabulary.size()) {
            throw TokenizerErrors.field(key,
                    id.getAsLong() + " is outside the vocabulary of " + vocabulary.size() + " tokens");
        }
        return OptionalInt.of((int) id.getAsLong());
    }
}
