/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ByteAlphabetTest {
    @Test
    void writesTheWellKnownCharacters() {
        assertThat(ByteAlphabet.write(" a\n\t\u0000é~\u007f")).isEqualTo("ĠaĊĉĀÃ©~ġ");
        assertThat(ByteAlphabet.character(0xAD)).isEqualTo('Ń');
    }

    @Test
    void readsEveryByteBack() {
        for (int b = 0; b < 256; b++) {
            assertThat(ByteAlphabet.read(String.valueOf(ByteAlphabet.character(b)))).containsExactly(b);
        }
        assertThat(ByteAlphabet.read("a b")).isNull();
        assertThat(ByteAlphabet.read("中")).isNull();
    }
}
