/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * How text is cut before byte pair encoding, by the name in {@code tokenizer.ggml.pre}. The expressions are the ones
 * that the authors of each vocabulary published with it; the names are those of the GGUF converters.
 *
 * @param patterns each one cuts the pieces of the one before around its matches
 * @param wholeWords a piece that is a token is not taken apart
 * @param addBos texts begin with the bos token unless the file says otherwise
 */
record GgufPreTokenizer(List<TextPattern> patterns, boolean wholeWords, boolean addBos) {
    private static final String SPACES = "\\s+(?!\\S)|\\s+";
    private static final String LINES = "\\s*[\\r\\n]+|" + SPACES;
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String WORDS = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String SIGNS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|";
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String CASED = "[^\\r\\n\\p{L}\\p{N}]?" + UPPER + "*" + LOWER + "+";
    private static final String CAPITALS = "[^\\r\\n\\p{L}\\p{N}]?" + UPPER + "+" + LOWER + "*";
    private static final String CASED_SIGNS = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|";
    private static final String CJK = "[一-龥ࠀ-一가-\uD7FF]+";

    private static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|" + SPACES;
    private static final String LLAMA3 = CONTRACTIONS + "|" + WORDS + "|\\p{N}{1,3}|" + SIGNS + LINES;
    private static final String QWEN2 = CONTRACTIONS + "|" + WORDS + "|\\p{N}|" + SIGNS + LINES;
    private static final String QWEN35 = CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}|"
            + " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" + LINES;
    private static final String TEKKEN = CASED + "|" + CAPITALS + "|\\p{N}|" + CASED_SIGNS + LINES;
    private static final String GPT4O = CASED + CONTRACTIONS + "?|" + CAPITALS + CONTRACTIONS + "?|\\p{N}{1,3}|"
            + CASED_SIGNS + LINES;
    private static final String DIGIT = "\\p{N}";
    private static final String BLOOM = " ?[^(\\s|.,!?…。，、।۔،)]+";

    private static final Map<String, Definition> KNOWN = known();

    /** The pre-tokenizer of this name. */
    static GgufPreTokenizer named(String name) {
        Definition definition = KNOWN.get(name);
        if (definition == null) {
            throw new io.pinyon.error.ModelFileException("PIN-TOKENIZER-PRE",
                    "tokenizer.ggml.pre " + TokenizerErrors.quoted(name) + " is not known",
                    "use a model with one of " + String.join(", ", new TreeSet<>(KNOWN.keySet())));
        }
        return new GgufPreTokenizer(definition.patterns.stream().map(TextPattern::of).toList(), definition.wholeWords,
                definition.addBos);
    }

    PreTokenizer preTokenizer() {
        return PreTokenizer.sequence(java.util.stream.Stream
                .concat(patterns.stream().map(p -> PreTokenizer.split(p, SplitBehavior.ISOLATED, false)),
                        java.util.stream.Stream.of(PreTokenizer.bytes(false)))
                .toList());
    }

    private record Definition(List<String> patterns, boolean wholeWords, boolean addBos) {
        static Definition of(String... patterns) {
            return new Definition(List.of(patterns), false, false);
        }

        Definition withWholeWords() {
            return new Definition(patterns, true, addBos);
        }

        Definition withBos() {
            return new Definition(patterns, wholeWords, true);
        }
    }

    private static Map<String, Definition> known() {
        Map<String, Definition> map = new HashMap<>();
        put(map, Definition.of("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"), "default");
        put(map, Definition.of(GPT2), "gpt-2", "phi-2", "mpt", "olmo", "jais", "modern-bert", "gigachat", "exaone4",
                "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum");
        put(map, Definition.of(DIGIT, GPT2), "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone",
                "minerva-7b");
        put(map, Definition.of(LLAMA3).withWholeWords().withBos(), "llama3", "llama-v3", "llama-bpe", "falcon3",
                "falcon-h1", "pixtral", "midm-2.0", "lfm2");
        put(map, Definition.of(LLAMA3), "dbrx", "smaug-bpe", "chatglm-bpe", "glm4");
        put(map, Definition.of(QWEN2), "qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "kormo");
        put(map, Definition.of(QWEN35), "qwen35");
        put(map, Definition.of(TEKKEN).withWholeWords().withBos(), "tekken");
        put(map, Definition.of(GPT4O), "gpt-4o", "llama4", "kanana2");
        put(map, Definition.of("[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]"), "falcon");
        put(map, Definition.of(BLOOM), "bloom", "poro-chat", "gpt3-finnish");
        put(map, Definition.of(BLOOM, DIGIT), "viking");
        put(map, Definition.of("[\\r\\n]", "\\s?[\\p{Lu}\\p{Ll}\\p{Lt}]+", "\\s?[!-/:-~！-／：-～‘-‟\u3000-。]+", "\\s+$",
                CJK,
                "\\p{N}+"), "deepseek-llm");
        put(map, Definition.of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK, DIGIT), "deepseek-coder");
        put(map, Definition.of("\\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+",
                "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+|"
                        + " ?[\\p{P}\\p{S}]+[\\r\\n]*|" + LINES),
                "deepseek-v3");
        return Map.copyOf(map);
    }

    private static void put(Map<String, Definition> map, Definition definition, String... names) {
        Arrays.stream(names).forEach(name -> map.put(name, definition));
    }
}
