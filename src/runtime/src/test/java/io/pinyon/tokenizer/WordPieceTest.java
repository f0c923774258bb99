/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class WordPieceTest {
    @Test
    void spellsWordsFromTheLeft() {
        SmallVocabulary small = new SmallVocabulary().with("tokenizer.ggml.model", "bert")
                .with("tokenizer.ggml.unknown_token_id", 0)
                .token("[UNK]", SmallVocabulary.UNKNOWN, 0)
                .token("[CLS]", SmallVocabulary.CONTROL, 0)
                .token("[SEP]", SmallVocabulary.CONTROL, 0);
        for (String token : new String[]{"▁un", "▁unaff", "aff", "able", "▁,", "▁cafe", "▁中"}) {
            small.token(token, SmallVocabulary.NORMAL, 0);
        }
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("UNAFFable, Café zzz 中中", true, false)).containsExactly(1, small.id("▁unaff"),
                    small.id("able"), small.id("▁,"), small.id("▁cafe"), 0, small.id("▁中"), small.id("▁中"), 2);
            assertThat(tokenizer.decode(new int[]{1, small.id("▁unaff"), small.id("able"), small.id("▁cafe")}, true))
                    .isEqualTo("unaffable cafe");
        }
    }

    @Test
    void marksContinuationsInTokenizerJson() {
        String json = """
                {"normalizer": {"type": "BertNormalizer", "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
                 "added_tokens": [{"id": 0, "content": "[UNK]", "special": true}],
                 "decoder": {"type": "WordPiece", "prefix": "##"},
                 "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 8, "vocab": {"[UNK]": 0, "un": 1, "##able": 2, "able": 3}}}
                """;
        try (Tokenizer tokenizer = Tokenizers.fromTokenizerJson("test", json.getBytes(StandardCharsets.UTF_8))) {
            assertThat(tokenizer.encode("Unable able", false, false)).containsExactly(1, 2, 3);
            assertThat(tokenizer.encode("unununun unununuun", false, false)).containsExactly(0, 0);
            assertThat(tokenizer.decode(new int[]{1, 2, 3}, true)).isEqualTo("unable able");
        }
    }
}
