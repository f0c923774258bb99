/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pinyon.error.ModelFileException;
import io.pinyon.format.Metadata;
import io.pinyon.format.MetadataType;
import io.pinyon.format.MetadataValue;
import io.pinyon.tokenizer.Tokenizer;
import io.pinyon.tokenizer.Tokenizers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GgufVocabularyTest {
    private final Map<String, MetadataValue> values = new LinkedHashMap<>();

    private GgufVocabulary vocabulary() {
        return new GgufVocabulary(new Metadata("test.gguf", values));
    }

    @Test
    void absentKeysAreEmpty() {
        assertThat(vocabulary().string("a")).isEmpty();
        assertThat(vocabulary().integer("a")).isEmpty();
        assertThat(vocabulary().bool("a")).isEmpty();
        assertThat(vocabulary().strings("a")).isEmpty();
        assertThat(vocabulary().ints("a")).isEmpty();
        assertThat(vocabulary().floats("a")).isEmpty();
    }

    @Test
    void anotherTypeIsRefused() {
        values.put("a", MetadataValue.of("text"));
        assertThatThrownBy(() -> vocabulary().integer("a")).isInstanceOf(ModelFileException.class)
                .hasMessageStartingWith("PIN-GGUF-KEYTYPE: ");
        assertThat(vocabulary().string("a")).contains("text");
    }

    @Test
    void aTokenizerIsMadeOfMetadata() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        List<MetadataValue> kinds = new ArrayList<>(List.of(kind(2), kind(3), kind(3)));
        for (int b = 0; b < 256; b++) {
            tokens.add("<0x%02X>".formatted(b));
            kinds.add(kind(6));
        }
        values.put("tokenizer.ggml.model", MetadataValue.of("llama"));
        values.put("tokenizer.ggml.tokens", MetadataValue.ofStrings(tokens));
        values.put("tokenizer.ggml.token_type", new MetadataValue.Sequence(MetadataType.INT32, kinds));
        values.put("tokenizer.ggml.scores", new MetadataValue.Sequence(MetadataType.FLOAT32,
                tokens.stream().map(_ -> MetadataValue.of(0f)).toList()));
        values.put("tokenizer.ggml.bos_token_id", MetadataValue.of(1));
        values.put("tokenizer.ggml.eos_token_id", MetadataValue.of(2));
        values.put("tokenizer.ggml.add_bos_token", MetadataValue.of(true));
        values.put("tokenizer.ggml.add_space_prefix", MetadataValue.of(false));
        try (Tokenizer tokenizer = Tokenizers.fromVocabulary(vocabulary())) {
            assertThat(tokenizer.vocabularySize()).isEqualTo(259);
            assertThat(tokenizer.encode("Az", true, false)).containsExactly(1, 3 + 'A', 3 + 'z');
            assertThat(tokenizer.endOfGeneration()).containsExactly(2);
        }
    }

    private static MetadataValue kind(int kind) {
        return new MetadataValue.Whole(MetadataType.INT32, kind);
    }
}
