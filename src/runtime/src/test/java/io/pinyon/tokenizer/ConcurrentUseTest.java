/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConcurrentUseTest {
    @Test
    void threadsShareOneTokenizer() {
        RandomText random = new RandomText(20_260_103);
        List<String> texts = IntStream.range(0, 200).mapToObj(i -> random.parts(50)).toList();
        try (Tokenizer tokenizer = SmallVocabulary.byteLevel("llama-bpe").merge("t h", "th e", "Ġ the").open()) {
            List<int[]> alone = texts.stream().map(text -> tokenizer.encode(text, true, true)).toList();
            List<int[]> together = texts.parallelStream().map(text -> tokenizer.encode(text, true, true)).toList();
            assertThat(together).hasSize(alone.size());
            for (int i = 0; i < alone.size(); i++) {
                assertThat(together.get(i)).isEqualTo(alone.get(i));
            }
        }
    }
}
