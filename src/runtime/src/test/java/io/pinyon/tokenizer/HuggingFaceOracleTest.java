/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

/** Compares with Hugging Face's own implementation, over every kind of component, on random text. */
class HuggingFaceOracleTest {
    private static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
            + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final int TEXTS = 150;

    @BeforeAll
    static void nativeLibrary() {
        // Keep the native library out of the home directory, and never ask for the build for another device.
        System.setProperty("DJL_CACHE_DIR", Path.of("target", "djl").toAbsolutePath().toString());
        System.setProperty("RUST_FLAVOR", "cpu");
        try {
            oracle("{\"model\": {\"type\": \"WordLevel\", \"unk_token\": \"a\", \"vocab\": {\"a\": 0}}}").close();
        } catch (LinkageError | ai.djl.engine.EngineException e) {
            abort("no native tokenizers library for this platform: " + e);
        }
    }

    private static HuggingFaceTokenizer oracle(String json) {
        try {
            return HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
                    Map.of("truncation", "false", "padding", "false"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void agree(String json, long seed) {
        RandomText random = new RandomText(seed);
        try (HuggingFaceTokenizer expected = oracle(json);
                Tokenizer actual = Tokenizers.fromTokenizerJson("test.json", json.getBytes(StandardCharsets.UTF_8))) {
            for (int i = 0; i < TEXTS; i++) {
                String text = random.parts(1 + i / 4);
                for (boolean special : new boolean[]{false, true}) {
                    int[] ids = Arrays.stream(expected.encode(text, special, false).getIds())
                            .mapToInt(Math::toIntExact)
                            .toArray();
                    assertThat(actual.encode(text, special, true)).as("text %s", TokenizerErrors.quoted(text))
                            .isEqualTo(ids);
                    long[] wide = Arrays.stream(ids).asLongStream().toArray();
                    assertThat(actual.decode(ids, special)).as("text %s", TokenizerErrors.quoted(text))
                            .isEqualTo(expected.decode(wide, special));
                }
            }
        }
    }

    private static String bytePairs(String components) {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (int b = 0; b < 256; b++) {
            vocabulary.put(String.valueOf(ByteAlphabet.character(b)), b);
        }
        List<String> merges = List.of("t h", "th e", "Ġ the", "h e", "l l", "ll o", "he llo", "Ġ Ġ", "ĠĠ ĠĠ", "Ċ Ċ",
                "č Ċ",
                "1 2", "12 3", "4 2", "Ã ©", "ð Ł", "ðŁ ¦", ". .", ".. .", "' L", "'L L");
        merges.forEach(m -> vocabulary.put(m.replace(" ", ""), vocabulary.size()));
        String model = JsonMapper.shared().writeValueAsString(
                Map.of("type", "BPE", "vocab", vocabulary, "merges", merges, "ignore_merges", false));
        return "{\"added_tokens\": [{\"id\": " + vocabulary.size()
                + ", \"content\": \"<s>\", \"special\": true, \"normalized\": false, "
                + "\"lstrip\": false, \"rstrip\": true, \"single_word\": false}, {\"id\": " + (vocabulary.size() + 1)
                + ", \"content\": \"<|eos|>\", "
                + "\"special\": true, \"normalized\": false, \"lstrip\": true, \"rstrip\": false, \"single_word\": false}], "
                + "\"decoder\": {\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"trim_offsets\": true, "
                + "\"use_regex\": true}, " + components + ", \"model\": " + model + "}";
    }

    private static String split(String behavior, boolean invert) {
        return "\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": "
                + "{\"Regex\": " + JsonMapper.shared().writeValueAsString(LLAMA3) + "}, \"behavior\": \"" + behavior
                + "\", \"invert\": " + invert
                + "}, {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false, "
                + "\"trim_offsets\": true}]}";
    }

    @ParameterizedTest
    @ValueSource(strings = {"Isolated", "Removed", "MergedWithPrevious", "MergedWithNext", "Contiguous"})
    void splitsAroundPatterns(String behavior) {
        agree(bytePairs(split(behavior, behavior.equals("Removed"))), 1);
        String digits = split(behavior, false).replace(JsonMapper.shared().writeValueAsString(LLAMA3), "\"[0-9 ]\"");
        agree(bytePairs(digits), 2);
        String scripts = split(behavior, false).replace(JsonMapper.shared().writeValueAsString(LLAMA3),
                "\"\\\\p{Han}+|[^\\\\p{Han}\\\\s]+|^.\"");
        agree(bytePairs(scripts), 9);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"use_regex\": true, \"trim_offsets\": true}",
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true, \"trim_offsets\": true}",
            "{\"type\": \"ByteLevel\", \"add_prefix_space\": true, \"use_regex\": false, \"trim_offsets\": true}"})
    void cutsLikeGpt2(String component) {
        agree(bytePairs("\"pre_tokenizer\": " + component), 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\": \"Digits\", \"individual_digits\": true}",
            "{\"type\": \"Digits\", \"individual_digits\": false}",
            "{\"type\": \"Punctuation\", \"behavior\": \"Isolated\"}",
            "{\"type\": \"Punctuation\", \"behavior\": \"Contiguous\"}", "{\"type\": \"WhitespaceSplit\"}",
            "{\"type\": \"Whitespace\"}", "{\"type\": \"BertPreTokenizer\"}",
            "{\"type\": \"Metaspace\", \"replacement\": \"_\", \"prepend_scheme\": \"first\", \"split\": true}",
            "{\"type\": \"Metaspace\", \"replacement\": \"_\", \"prepend_scheme\": \"always\", \"split\": true}",
            "{\"type\": \"Metaspace\", \"replacement\": \"_\", \"prepend_scheme\": \"never\", \"split\": false}"})
    void cutsAtClassesOfCharacters(String component) {
        agree(bytePairs("\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [" + component
                + ", {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false, \"trim_offsets\": true}]}"),
                4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"type\": \"NFC\"}", "{\"type\": \"NFD\"}", "{\"type\": \"NFKC\"}",
            "{\"type\": \"NFKD\"}",
            "{\"type\": \"Lowercase\"}", "{\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": true}",
            "{\"type\": \"Prepend\", \"prepend\": \"x\"}",
            "{\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, \"content\": \"_\"}",
            "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"\\\\s+\"}, \"content\": \"$1\"}",
            "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFD\"}, {\"type\": \"StripAccents\"}]}",
            "{\"type\": \"BertNormalizer\", \"clean_text\": true, \"handle_chinese_chars\": true, \"strip_accents\": null, "
                    + "\"lowercase\": true}",
            "{\"type\": \"BertNormalizer\", \"clean_text\": false, \"handle_chinese_chars\": true, \"strip_accents\": true, "
                    + "\"lowercase\": false}"})
    void normalises(String component) {
        agree(bytePairs("\"normalizer\": " + component
                + ", \"pre_tokenizer\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": true, "
                + "\"trim_offsets\": true}"), 5);
    }

    @Test
    void fallsBackToBytesAndUnknown() {
        for (boolean allBytes : new boolean[]{true, false}) {
            Map<String, Integer> vocabulary = new LinkedHashMap<>();
            vocabulary.put("<unk>", 0);
            for (int b = allBytes ? 0 : 0xC0; b < 256; b++) {
                vocabulary.put(String.format("<0x%02X>", b), vocabulary.size());
            }
            List<List<String>> merges = new ArrayList<>();
            for (String token : new String[]{"▁", "t", "h", "e", "l", "o", "H", "1"}) {
                vocabulary.put(token, vocabulary.size());
            }
            for (String merge : new String[]{"t h", "th e", "▁ the", "▁ ▁", "H e", "l l"}) {
                merges.add(List.of(merge.split(" ")));
                vocabulary.put(merge.replace(" ", ""), vocabulary.size());
            }
            Map<String, Object> model = Map.of("type", "BPE", "unk_token", "<unk>", "fuse_unk", true, "byte_fallback",
                    true, "vocab", vocabulary, "merges", merges);
            agree("{\"decoder\": {\"type\": \"Sequence\", \"decoders\": [{\"type\": \"Replace\", \"pattern\": "
                    + "{\"String\": \"▁\"}, \"content\": \" \"}, {\"type\": \"ByteFallback\"}, {\"type\": \"Fuse\"}, "
                    + "{\"type\": \"Strip\", \"content\": \" \", \"start\": 1, \"stop\": 0}]}, "
                    + "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Prepend\", \"prepend\": \"▁\"}, "
                    + "{\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, \"content\": \"▁\"}]}, "
                    + "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": "
                    + "\"<s>\", \"type_id\": 0}}, {\"Sequence\": {\"id\": \"A\", \"type_id\": 0}}], \"pair\": [], "
                    + "\"special_tokens\": {\"<s>\": {\"id\": \"<s>\", \"ids\": [" + vocabulary.size()
                    + "], \"tokens\": [\"<s>\"]}}}, "
                    + "\"added_tokens\": [{\"id\": " + vocabulary.size()
                    + ", \"content\": \"<s>\", \"special\": true, \"normalized\": false, "
                    + "\"lstrip\": false, \"rstrip\": false, \"single_word\": false}, {\"id\": " + vocabulary.get("the")
                    + ", \"content\": \"the\", "
                    + "\"special\": false, \"normalized\": true, \"lstrip\": false, \"rstrip\": false, "
                    + "\"single_word\": true}], \"model\": " + JsonMapper.shared().writeValueAsString(model) + "}", 6);
        }
    }

    @Test
    void spellsWordPieces() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (String token : new String[]{"[UNK]", "the", "hello", "##hello", "don", "'", "t", "1", "##2", "##3", "4",
                "e", "##the", "a", "##a", "中", "文", ".", "!", "?", "i", "ll", "##4"}) {
            vocabulary.put(token, vocabulary.size());
        }
        Map<String, Object> model = Map.of("type", "WordPiece", "unk_token", "[UNK]", "continuing_subword_prefix", "##",
                "max_input_chars_per_word", 9, "vocab", vocabulary);
        agree("{\"normalizer\": {\"type\": \"BertNormalizer\", \"clean_text\": true, \"handle_chinese_chars\": true, "
                + "\"strip_accents\": null, \"lowercase\": true}, \"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"}, "
                + "\"decoder\": {\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": false}, \"model\": "
                + JsonMapper.shared().writeValueAsString(model) + "}", 7);
    }

    @Test
    void agreesOnAWholeModel() throws IOException {
        agree(Files.readString(TestData.shared("models/harbour-14m").resolve("tokenizer.json")), 8);
    }
}
