/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.PinyonException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MalformedTokenizerJsonTest {
    private static final String GOOD = """
            {"added_tokens": [{"id": 3, "content": "<|eos|>", "special": true}],
             "normalizer": null,
             "pre_tokenizer": {"type": "Whitespace"},
             "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}},
                {"SpecialToken": {"id": "E"}}], "special_tokens": {"E": {"id": "E", "ids": [3]}}},
             "decoder": {"type": "Fuse"},
             "model": {"type": "BPE", "unk_token": null, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}
            """;

    private static Tokenizer open(String json) {
        return Tokenizers.fromTokenizerJson("test.json", json.getBytes(StandardCharsets.UTF_8));
    }

    private static void refuses(String json, String code) {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10),
                () -> assertThatThrownBy(() -> open(json)).asInstanceOf(
                        InstanceOfAssertFactories.throwable(ModelFileException.class))
                        .extracting(PinyonException::code)
                        .isEqualTo(code));
    }

    @Test
    void theFileThatTheOthersAreMadeFromIsGood() {
        assertThat(open(GOOD).encode("ab ba", true, false)).containsExactly(2, 1, 0, 3);
    }

    @Test
    void everyTruncationIsRefused() {
        for (int length = 0; length < GOOD.strip().length(); length++) {
            refuses(GOOD.substring(0, length), "PIN-TOKENIZER-JSON");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`',
            textBlock = """
                    "ab": 2                  | "ab": -2                         | PIN-TOKENIZER-ID
                    "ab": 2                  | "ab": 4294967295                 | PIN-TOKENIZER-ID
                    "ab": 2                  | "ab": 99999999999999999999999    | PIN-TOKENIZER-FIELD
                    "ab": 2                  | "ab": 2.5                        | PIN-TOKENIZER-FIELD
                    "ab": 2                  | "ab": "2"                        | PIN-TOKENIZER-FIELD
                    "ab": 2                  | "ab": [2]                        | PIN-TOKENIZER-FIELD
                    "ab": 2                  | "ab": 1                          | PIN-TOKENIZER-ID
                    "ab": 2                  | "ab": 2, "ab": 4                 | PIN-TOKENIZER-ID
                    "ab": 2                  | "cd": 2                          | PIN-TOKENIZER-MERGE
                    "a b"                    | "ab"                             | PIN-TOKENIZER-MERGE
                    "a b"                    | 7                                | PIN-TOKENIZER-JSON
                    "a b"                    | ["a", "b", "c"]                  | PIN-TOKENIZER-JSON
                    "a b"                    | ["a", 1]                         | PIN-TOKENIZER-JSON
                    "model"                  | "mudel"                          | PIN-TOKENIZER-FIELD
                    "vocab"                  | "vocap"                          | PIN-TOKENIZER-FIELD
                    {"a": 0, "b": 1, "ab": 2}| [["a", 0]]                       | PIN-TOKENIZER-FIELD
                    {"a": 0, "b": 1, "ab": 2}| {}                               | PIN-TOKENIZER-FIELD
                    "type": "BPE"            | "type": "Neural"                 | PIN-TOKENIZER-UNSUPPORTED
                    "type": "BPE"            | "type": "Unigram"                | PIN-TOKENIZER-UNSUPPORTED
                    "type": "BPE"            | "type": 3                        | PIN-TOKENIZER-FIELD
                    "type": "BPE"            | "type": "BPE", "dropout": 0.1    | PIN-TOKENIZER-UNSUPPORTED
                    "unk_token": null        | "unk_token": "zz"                | PIN-TOKENIZER-FIELD
                    "type": "Whitespace"     | "type": "FixedLength"            | PIN-TOKENIZER-UNSUPPORTED
                    {"type": "Whitespace"}   | []                               | PIN-TOKENIZER-FIELD
                    "normalizer": null       | "normalizer": {"type": "Precompiled", "precompiled_charsmap": "/////w=="} | PIN-TOKENIZER-UNSUPPORTED
                    "normalizer": null       | "normalizer": {"type": "Replace", "pattern": {"Regex": "(a"}, "content": ""} | PIN-TOKENIZER-PATTERN
                    "normalizer": null       | "normalizer": {"type": "Replace", "pattern": {"String": ""}, "content": "x"} | PIN-TOKENIZER-FIELD
                    "normalizer": null       | "normalizer": {"type": "Replace", "pattern": {"Regex": "[[:alpha:]]"}, "content": ""} | PIN-TOKENIZER-PATTERN
                    "normalizer": null       | "normalizer": {"type": "Replace", "pattern": {"Regex": "\\\\h"}, "content": ""} | PIN-TOKENIZER-PATTERN
                    "type": "Fuse"           | "type": "CTC"                    | PIN-TOKENIZER-UNSUPPORTED
                    "ids": [3]               | "ids": [4]                       | PIN-TOKENIZER-FIELD
                    "ids": [3]               | "ids": 3                         | PIN-TOKENIZER-FIELD
                    {"id": "E"}              | {"id": "F"}                      | PIN-TOKENIZER-FIELD
                    "id": 3                  | "id": 2000000000                 | PIN-TOKENIZER-ID
                    "id": 3                  | "id": 1                          | PIN-TOKENIZER-ID
                    "special": true          | "special": 1                     | PIN-TOKENIZER-FIELD
                    "added_tokens": [        | "added_tokens": [4,              | PIN-TOKENIZER-FIELD
                    "added_tokens": [        | "added_tokens": [{"id": 0, "content": "b"}, | PIN-TOKENIZER-ID
                    "normalizer": null       | "decoder": null                  | PIN-TOKENIZER-FIELD
                    """)
    void oneWrongValueIsRefused(String from, String to, String code) {
        assertThat(GOOD).contains(from);
        refuses(GOOD.replace(from, to), code);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            []       | PIN-TOKENIZER-JSON
            7        | PIN-TOKENIZER-JSON
            {}       | PIN-TOKENIZER-FIELD
            {} {}    | PIN-TOKENIZER-FIELD
            GGUF     | PIN-TOKENIZER-JSON
            """)
    void otherFilesAreRefused(String json, String code) {
        refuses(json, code);
    }

    @Test
    void somethingAfterTheEndIsRefused() {
        refuses(GOOD + "{}", "PIN-TOKENIZER-JSON");
    }

    @Test
    void deepNestingIsRefused() {
        String deep = "{\"type\": \"Sequence\", \"normalizers\": [".repeat(100_000);
        refuses(GOOD.replace("\"normalizer\": null", "\"normalizer\": " + deep), "PIN-TOKENIZER-JSON");
        refuses("[".repeat(1_000_000), "PIN-TOKENIZER-JSON");
        refuses("{\"other\": " + "[".repeat(1_000_000), "PIN-TOKENIZER-JSON");
    }

    @Test
    void floodsOfValuesAreRefused() {
        refuses("{\"decoder\": [" + "[],".repeat(2_000_000) + "[]]}", "PIN-TOKENIZER-JSON");
        refuses("{\"other\": [" + "0,".repeat(20_000_000) + "0]}", "PIN-TOKENIZER-JSON");
    }

    @Test
    void gapsBetweenIdsAreTokensWithoutText() {
        try (Tokenizer tokenizer = open(GOOD.replace("\"ab\": 2", "\"ab\": 1000000"))) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(1_000_001);
            assertThat(tokenizer.token(500_000)).isEmpty();
            assertThat(tokenizer.decode(new int[]{500_000, 0}, false)).isEqualTo("a");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            a*a*a*a*a*a*c; 60
            a*a*a*a*c;     20000
            (?:a|b)+c;     1000000
            """)
    void patternsThatTakeTooLongOrTooMuchStackAreStopped(String pattern, int length) {
        String json = GOOD.replace("{\"type\": \"Whitespace\"}", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \""
                + pattern + "\"}, \"behavior\": \"Isolated\"}");
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            Tokenizer tokenizer = open(json);
            assertThatThrownBy(() -> tokenizer.encode("a".repeat(length), false, false))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("PIN-TOKENIZER-PATTERN");
        });
    }

    @Test
    void hugeFilesAreRefusedUnread(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.json");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(1L << 32);
        }
        assertThatThrownBy(() -> Tokenizers.fromTokenizerJson(file)).isInstanceOf(ModelFileException.class)
                .hasMessageContaining("PIN-TOKENIZER-SIZE");
    }

    @Test
    void missingFilesAreRefused(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> Tokenizers.fromTokenizerJson(folder.resolve("no.json")))
                .hasMessageContaining("PIN-TOKENIZER-READ");
        assertThatThrownBy(() -> Tokenizers.fromDirectory(folder)).hasMessageContaining("PIN-TOKENIZER-MISSING");
        Files.write(folder.resolve("tokenizer.json"), new byte[]{(byte) 0xC3, 0x28});
        assertThatThrownBy(() -> Tokenizers.fromDirectory(folder)).hasMessageContaining("PIN-TOKENIZER-JSON");
    }
}
