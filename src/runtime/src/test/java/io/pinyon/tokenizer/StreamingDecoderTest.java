/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StreamingDecoderTest {
    private static final String EMOJI = "👩‍👩‍👧🦙é中";

    private final Tokenizer tokenizer = SmallVocabulary.byteLevel("gpt-2").token("<|eos|>", SmallVocabulary.CONTROL, 0)
            .open();

    private static List<String> push(StreamingDecoder stream, int... tokens) {
        List<String> out = new ArrayList<>();
        for (int token : tokens) {
            out.add(stream.push(token));
        }
        return out;
    }

    @Test
    void bytesWaitForTheirCharacter() {
        List<String> texts = push(tokenizer.streamingDecoder(false), tokenizer.encode(EMOJI, false, false));
        assertThat(String.join("", texts)).isEqualTo(EMOJI);
        assertThat(texts).allSatisfy(text -> assertThat(text.codePointCount(0, text.length())).isLessThanOrEqualTo(1))
                .noneMatch(text -> text.contains("\uFFFD"));
    }

    @Test
    void cutAnywhereTheTwoHalvesAreTheWhole() {
        int[] tokens = tokenizer.encode(EMOJI, false, false);
        for (int cut = 0; cut <= tokens.length; cut++) {
            StreamingDecoder stream = tokenizer.streamingDecoder(false);
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < cut; i++) {
                text.append(stream.push(tokens[i]));
            }
            assertThat(EMOJI).startsWith(text.toString());
            for (int i = cut; i < tokens.length; i++) {
                text.append(stream.push(tokens[i]));
            }
            assertThat(text + stream.flush()).isEqualTo(EMOJI);
        }
    }

    @Test
    void flushEndsAnIncompleteCharacterAndStartsAnew() {
        StreamingDecoder stream = tokenizer.streamingDecoder(false);
        assertThat(push(stream, 0xF0, 0x9F)).containsOnly("");
        assertThat(stream.flush()).isEqualTo("\uFFFD");
        assertThat(stream.flush()).isEmpty();
        assertThat(stream.push('a')).isEqualTo("a");
    }

    @Test
    void malformedBytesAreReplacedOnceTheyCannotBecomeACharacter() {
        StreamingDecoder stream = tokenizer.streamingDecoder(false);
        assertThat(push(stream, 0xE4, 'a', 0xFF, 'b')).containsExactly("", "\uFFFDa", "\uFFFD", "b");
    }

    @Test
    void specialTokensCanBeLeftOut() {
        assertThat(push(tokenizer.streamingDecoder(true), 'a', 256, 'b')).containsExactly("a", "", "b");
        assertThat(push(tokenizer.streamingDecoder(false), 'a', 256, 'b')).containsExactly("a", "<|eos|>", "b");
    }

    @Test
    void streamAndWholeAgreeOnRandomTokens() {
        java.util.Random random = new java.util.Random(7);
        for (int round = 0; round < 200; round++) {
            int[] tokens = random.ints(40, 0, 257).toArray();
            StreamingDecoder stream = tokenizer.streamingDecoder(false);
            String joined = String.join("", push(stream, tokens)) + stream.flush();
            assertThat(joined).isEqualTo(tokenizer.decode(tokens, false));
        }
    }

    @Test
    void idsOutsideAreRefused() {
        StreamingDecoder stream = tokenizer.streamingDecoder(true);
        for (int id : new int[]{-1, 257, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> stream.push(id)).isInstanceOf(UsageException.class)
                    .hasMessageContaining("PIN-TOKENIZER-TOKEN");
            assertThatThrownBy(() -> tokenizer.token(id)).isInstanceOf(UsageException.class);
        }
    }
}
