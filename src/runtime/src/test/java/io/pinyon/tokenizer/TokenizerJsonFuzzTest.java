/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Arrays;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pinyon.error.PinyonException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Any bytes as a tokenizer.json: either a coded refusal, or a tokenizer that keeps its promises. Runs over the kept
 * inputs; with JAZZER_FUZZ=1 in the environment it looks for new ones.
 */
class TokenizerJsonFuzzTest {
    private static final String TEXT = "The 1st café's\n  🦙 <|eos|> ab▁";

    @FuzzTest(maxDuration = "60s")
    void anyBytes(byte[] json) {
        try (Tokenizer tokenizer = Tokenizers.fromTokenizerJson("fuzz.json", json)) {
            int[] ids = tokenizer.encode(TEXT, true, true);
            assertThat(Arrays.stream(ids)).allMatch(id -> id >= 0 && id < tokenizer.vocabularySize());
            tokenizer.decode(ids, true);
        } catch (PinyonException refused) {
            assertThat(refused.code()).startsWith("PIN-TOKENIZER-");
        }
    }
}
