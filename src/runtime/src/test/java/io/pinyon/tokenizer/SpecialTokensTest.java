/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Special tokens of GGUF metadata. */
class SpecialTokensTest {
    private static SmallVocabulary withControls(String pre) {
        return SmallVocabulary.byteLevel(pre).token("<bos>", SmallVocabulary.CONTROL, 0)
                .token("<eos>", SmallVocabulary.CONTROL, 0)
                .token("<|im_end|>", SmallVocabulary.CONTROL, 0)
                .with("tokenizer.ggml.bos_token_id", 256)
                .with("tokenizer.ggml.eos_token_id", 257);
    }

    @Test
    void keysDecideWhatIsAddedAndPreTokenizersWhatIsDefault() {
        assertThat(withControls("gpt-2").open().encode("a", true, false)).containsExactly('a');
        assertThat(withControls("llama-bpe").open().encode("a", true, false)).containsExactly(256, 'a');
        assertThat(withControls("llama-bpe").with("tokenizer.ggml.add_bos_token", false).open()
                .encode("a", true, false)).containsExactly('a');
        assertThat(withControls("gpt-2").with("tokenizer.ggml.add_bos_token", true)
                .with("tokenizer.ggml.add_eos_token", true).open().encode("a", true, false))
                .containsExactly(256, 'a', 257);
    }

    @Test
    void generationEndsAtNamedAndAtKnownTokens() {
        SmallVocabulary small = withControls("gpt-2").token("<eot>", SmallVocabulary.CONTROL, 0)
                .with("tokenizer.ggml.eot_token_id", 259)
                .token("<|endoftext|>", SmallVocabulary.NORMAL, 0);
        assertThat(small.open().endOfGeneration()).containsExactlyInAnyOrder(257, 258, 259);
    }

    @Test
    void harmonyMessagesDoNotEndTheTurn() {
        SmallVocabulary small = withControls("gpt-4o").token("<|end|>", SmallVocabulary.CONTROL, 0);
        assertThat(small.open().endOfGeneration()).contains(small.id("<|end|>"));
        small.token("<|return|>", SmallVocabulary.CONTROL, 0).token("<|call|>", SmallVocabulary.CONTROL, 0);
        assertThat(small.open().endOfGeneration()).contains(small.id("<|return|>"), small.id("<|call|>"))
                .doesNotContain(small.id("<|end|>"));
    }

    @Test
    void idsByName() {
        try (Tokenizer tokenizer = withControls("gpt-2").open()) {
            assertThat(tokenizer.bos()).hasValue(256);
            assertThat(tokenizer.id("<eos>")).hasValue(257);
            assertThat(tokenizer.id("nothing")).isEmpty();
            assertThat(tokenizer.token(257)).isEqualTo("<eos>");
            assertThat(tokenizer.chatTemplate()).isEmpty();
        }
    }

    @Test
    void idsOutsideTheVocabularyAreRefused() {
        for (long id : new long[]{259, -2, 1L << 40}) {
            assertThatThrownBy(() -> withControls("gpt-2").with("tokenizer.ggml.bos_token_id", id).open())
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("tokenizer.ggml.bos_token_id");
        }
        assertThat(withControls("gpt-2").with("tokenizer.ggml.bos_token_id", 0xFFFFFFFFL).open().bos()).isEmpty();
    }

    @Test
    void metadataThatContradictsItselfIsRefused() {
        SmallVocabulary unknownHalf = withControls("gpt-2");
        unknownHalf.merges.add("zz y");
        SmallVocabulary noSpace = withControls("gpt-2");
        noSpace.merges.add("zzy");
        SmallVocabulary kinds = withControls("gpt-2");
        kinds.kinds.removeLast();
        SmallVocabulary badKind = withControls("gpt-2");
        badKind.kinds.set(3, 77);
        SmallVocabulary scores = SmallVocabulary.sentencePiece();
        scores.scores.removeLast();
        SmallVocabulary nan = SmallVocabulary.sentencePiece();
        nan.scores.set(9, Float.NaN);
        SmallVocabulary empty = new SmallVocabulary().with("tokenizer.ggml.model", "gpt2");
        SmallVocabulary model = new SmallVocabulary().with("tokenizer.ggml.model", "t5");
        for (SmallVocabulary bad : new SmallVocabulary[]{unknownHalf, noSpace, kinds, badKind, scores, nan, empty,
                model,
                new SmallVocabulary()}) {
            assertThatThrownBy(bad::open).isInstanceOf(ModelFileException.class).hasMessageContaining("PIN-TOKENIZER-");
        }
    }

    @Test
    void fileWithoutTokenizerIsRefusedOnUse() {
        try (Tokenizer none = new SmallVocabulary().with("tokenizer.ggml.model", "no_vocab").open()) {
            assertThat(none.vocabularySize()).isZero();
            assertThat(none.endOfGeneration()).isEmpty();
            assertThatThrownBy(() -> none.encode("a", true, true)).isInstanceOf(UsageException.class)
                    .hasMessageContaining("PIN-TOKENIZER-NONE")
                    .hasMessageContaining("this file has no tokenizer");
            assertThatThrownBy(() -> none.decode(new int[]{1}, true)).isInstanceOf(UsageException.class);
            assertThatThrownBy(() -> none.streamingDecoder(true)).isInstanceOf(UsageException.class);
        }
    }
}
