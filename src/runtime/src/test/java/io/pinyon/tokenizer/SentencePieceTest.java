/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SentencePieceTest {
    private static SmallVocabulary small() {
        return SmallVocabulary.sentencePiece().token("▁", SmallVocabulary.NORMAL, -10)
                .token("a", SmallVocabulary.NORMAL, -11)
                .token("b", SmallVocabulary.NORMAL, -12)
                .token("ab", SmallVocabulary.NORMAL, -2)
                .token("▁a", SmallVocabulary.NORMAL, -3)
                .token("aba", SmallVocabulary.NORMAL, -1)
                .token("▁▁", SmallVocabulary.NORMAL, -0.5f);
    }

    @Test
    void mergesTheHighestScoreFirst() {
        SmallVocabulary small = small().with("tokenizer.ggml.add_space_prefix", false);
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("abab", false, false)).containsExactly(small.id("aba"), small.id("b"));
            assertThat(tokenizer.encode(" ab", false, false)).containsExactly(small.id("▁"), small.id("ab"));
            assertThat(tokenizer.encode("   a", false, false)).containsExactly(small.id("▁▁"), small.id("▁a"));
        }
    }

    @Test
    void putsASpaceBeforeTextAndTakesItOffAgain() {
        SmallVocabulary small = small();
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("a", true, false)).containsExactly(1, small.id("▁a"));
            assertThat(tokenizer.encode("", true, false)).containsExactly(1);
            assertThat(tokenizer.encode("", false, false)).isEmpty();
            assertThat(tokenizer.encode("a</s>a", false, true)).containsExactly(small.id("▁a"), 2, small.id("▁a"));
            assertThat(tokenizer.decode(new int[]{1, small.id("▁a"), small.id("▁a")}, true)).isEqualTo("a a");
            assertThat(tokenizer.decode(new int[]{small.id("▁▁")}, true)).isEqualTo(" ");
        }
    }

    @Test
    void continuationKeepsItsSpaceWhenThePromptWentFirst() {
        SmallVocabulary small = small();
        try (Tokenizer tokenizer = small.open()) {
            StreamingDecoder stream = tokenizer.streamingDecoder(true);
            stream.push(small.id("▁a"));
            assertThat(stream.push(small.id("▁a"))).isEqualTo(" a");
            assertThat(tokenizer.streamingDecoder(true).push(small.id("▁a"))).isEqualTo("a");
        }
    }

    @Test
    void otherCharactersBecomeBytes() {
        try (Tokenizer tokenizer = small().open()) {
            assertThat(tokenizer.encode("é", false, false)).containsExactly(259, 3 + 0xC3, 3 + 0xA9);
            assertThat(tokenizer.decode(new int[]{3 + 0xC3, 3 + 0xA9}, false)).isEqualTo("é");
        }
    }

    @Test
    void withoutBytesTheyAreUnknown() {
        SmallVocabulary small = new SmallVocabulary().with("tokenizer.ggml.model", "llama")
                .with("tokenizer.ggml.add_space_prefix", false)
                .token("<unk>", SmallVocabulary.UNKNOWN, 0)
                .token("a", SmallVocabulary.NORMAL, 0);
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("aé中", false, false)).containsExactly(1, 0, 0);
        }
    }

    @Test
    void anyTextSurvivesTheRoundTrip() {
        RandomText random = new RandomText(20_260_102);
        for (boolean addSpace : new boolean[]{true, false}) {
            try (Tokenizer tokenizer = small().with("tokenizer.ggml.add_space_prefix", addSpace).open()) {
                for (int i = 0; i < 60; i++) {
                    String text = (i % 2 == 0 ? random.parts(30) : random.anything(40)).replace("▁", "_");
                    assertThat(tokenizer.decode(tokenizer.encode(text, false, false), false))
                            .isEqualTo(Texts.wellFormed(text));
                }
            }
        }
    }

    @Test
    void phi3TakesSpaceAfterControlTokensAlong() {
        SmallVocabulary small = small().with("general.name", "Phi3").token("<|user|>", SmallVocabulary.CONTROL, 0);
        try (Tokenizer tokenizer = small.open()) {
            assertThat(tokenizer.encode("<|user|>\n a", false, true)).containsExactly(small.id("<|user|>"),
                    small.id("▁a"));
        }
    }
}
