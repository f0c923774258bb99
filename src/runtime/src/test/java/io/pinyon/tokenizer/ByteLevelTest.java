/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ByteLevelTest {
    @Test
    void mergesInTheOrderOfTraining() {
        SmallVocabulary small = SmallVocabulary.byteLevel("gpt-2").merge("l l", "h e", "ll o", "he llo", "e l");
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("hello", false, false)).containsExactly(small.id("hello"));
            assertThat(tokenizer.encode("hell", false, false)).containsExactly(small.id("he"), small.id("ll"));
            assertThat(tokenizer.encode("el", false, false)).containsExactly(small.id("el"));
            assertThat(tokenizer.encode("elll", false, false)).containsExactly(small.id("e"), small.id("ll"),
                    small.id("l"));
        }
    }

    @Test
    void keepsPiecesApart() {
        SmallVocabulary small = SmallVocabulary.byteLevel("gpt-2").merge("a Ġ", "a b", "1 2", "12 3");
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("a b", false, false)).containsExactly(small.id("a"), small.id("Ġ"),
                    small.id("b"));
            assertThat(tokenizer.encode("123", false, false)).containsExactly(small.id("123"));
        }
        SmallVocabulary digits = SmallVocabulary.byteLevel("qwen2").merge("1 2", "12 3");
        try (Tokenizer tokenizer = digits.open()) {
            assertThat(tokenizer.encode("123", false, false)).hasSize(3);
        }
    }

    @Test
    void wholeWordsComeBeforeMerges() {
        SmallVocabulary llama3 = SmallVocabulary.byteLevel("llama-bpe").token("abc", SmallVocabulary.NORMAL, 0);
        SmallVocabulary gpt2 = SmallVocabulary.byteLevel("gpt-2").token("abc", SmallVocabulary.NORMAL, 0);
        assertThat(llama3.open().encode("abc", false, false)).containsExactly(llama3.id("abc"));
        assertThat(gpt2.open().encode("abc", false, false)).hasSize(3);
    }

    @Test
    void plainTextNeverBecomesAControlToken() {
        SmallVocabulary small = SmallVocabulary.byteLevel("llama-bpe").token("abc", SmallVocabulary.CONTROL, 0);
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("abc", false, false)).hasSize(3);
            assertThat(tokenizer.encode("abc", false, true)).containsExactly(small.id("abc"));
        }
    }

    @Test
    void userDefinedTokensAreAlwaysFound() {
        SmallVocabulary small = SmallVocabulary.byteLevel("gpt-2").token("<tool>", SmallVocabulary.USER_DEFINED, 0)
                .token("<tool>!", SmallVocabulary.USER_DEFINED, 0);
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("a<tool>b", false, false)).containsExactly(small.id("a"), small.id("<tool>"),
                    small.id("b"));
            assertThat(tokenizer.encode("<tool>!", false, false)).containsExactly(small.id("<tool>!"));
            assertThat(tokenizer.decode(new int[]{small.id("<tool>")}, true)).isEqualTo("<tool>");
        }
    }

    @Test
    void anyTextSurvivesTheRoundTrip() {
        RandomText random = new RandomText(20_260_101);
        for (String pre : new String[]{"gpt-2", "default", "llama-bpe", "qwen2", "qwen35", "tekken", "gpt-4o", "falcon",
                "starcoder", "deepseek-llm", "deepseek-coder", "deepseek-v3", "bloom", "viking"}) {
            try (Tokenizer tokenizer = SmallVocabulary.byteLevel(pre).merge("t h", "th e", "Ġ the", "Ċ Ċ").open()) {
                for (int i = 0; i < 40; i++) {
                    String text = i % 2 == 0 ? random.parts(30) : random.anything(40);
                    assertThat(tokenizer.decode(tokenizer.encode(text, false, false), false)).as(pre)
                            .isEqualTo(Texts.wellFormed(text));
                }
            }
        }
    }

    @Test
    void longPiecesTakeNoQuadraticTime() {
        SmallVocabulary small = SmallVocabulary.byteLevel("gpt-2").merge("a a", "aa aa", "aaaa aaaa");
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("a".repeat(400_000), false, false)).hasSize(50_000)
                    .containsOnly(small.id("aaaaaaaa"));
        }
    }

    @Test
    void unknownPreTokenizerIsRefusedByName() {
        assertThatThrownBy(() -> SmallVocabulary.byteLevel("martian").open()).isInstanceOf(ModelFileException.class)
                .hasMessageContaining("PIN-TOKENIZER-PRE")
                .hasMessageContaining("martian")
                .hasMessageContaining("llama-bpe");
    }

    @Test
    void missingByteIsRefusedOnUse() {
        SmallVocabulary small = new SmallVocabulary().with("tokenizer.ggml.model", "gpt2")
                .token("a", SmallVocabulary.NORMAL, 0);
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("a", false, false)).containsExactly(0);
            assertThatThrownBy(() -> tokenizer.encode("b", false, false)).isInstanceOf(UsageException.class)
                    .hasMessageContaining("PIN-TOKENIZER-UNENCODABLE");
        }
    }
}
