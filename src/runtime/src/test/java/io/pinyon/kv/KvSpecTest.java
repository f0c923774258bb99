/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.Random;

import io.pinyon.device.KvLayout;
import io.pinyon.device.contract.Seeds;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class KvSpecTest {
    @ParameterizedTest
    @CsvSource({"full, codec=f16", "FULL, codec=f16", "codec=f16, codec=f16", "' Codec = F32 ', codec=f32",
            "codec=bf16/f16, codec=bf16/f16", "codec=f16 / f32 : page = 16, codec=f16/f32:page=16",
            "codec=f16/f16:page=64, codec=f16", "codec=bf16:page=1, codec=bf16:page=1"})
    void readsWhatItWrites(String text, String canonical) {
        KvSpec spec = KvSpec.parse(text);
        assertThat(spec).hasToString(canonical);
        assertThat(KvSpec.parse(canonical)).isEqualTo(spec);
    }

    @Test
    void everySpecificationSurvivesTheRoundTrip() {
        for (KvFormat keys : KvFormats.all()) {
            for (KvFormat values : KvFormats.all()) {
                for (int pageTokens = 1; pageTokens <= KvSpec.MAX_PAGE_TOKENS; pageTokens *= 2) {
                    var spec = new KvSpec(keys, values, pageTokens);
                    assertThat(KvSpec.parse(spec.toString())).isEqualTo(spec);
                }
            }
        }
    }

    @Test
    void keysComeFirst() {
        KvSpec spec = KvSpec.parse("codec=f16/bf16:page=32");
        assertThat(spec.layout(4, 64, 48))
                .isEqualTo(new KvLayout(KvFormats.F16, KvFormats.BF16, 4, 64, 48, 32));
        assertThat(KvSpec.parse("full")).isEqualTo(KvSpec.full());
    }

    @ParameterizedTest
    @ValueSource(strings = {"retain=snapkv:budget=2048,window=32", "place=host", "select=quest", "codec=int4:group=64",
            "codec=f16/int8", "codec=f16; place=host", "kivi", "codec"})
    void methodsThatAreNotBuiltAreRefusedByName(String text) {
        assertThatThrownBy(() -> KvSpec.parse(text)).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-KV-UNSUPPORTED").hasMessageContaining("is not built")
                .hasMessageContaining("full, and codec= with f16, bf16, f32");
    }

    @ParameterizedTest
    @ValueSource(strings = {"codek=f16", "budget=8GiB", "codec=f16; fish=1"})
    void unknownAxesAreAnsweredWithTheKnownOnes(String text) {
        assertThatThrownBy(() -> KvSpec.parse(text)).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-KV-AXIS").hasMessageContaining("codec, retain, place, select");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", ";", "=", "codec=", "=f16", "codec=f16;", "codec=f16; codec=f32",
            "codec=f16/", "codec=/f16", "codec=f16/f16/f16", "codec=f16:", "codec=f16:page", "codec=f16:page=",
            "codec=f16:page=x", "codec=f16:group=64", "codec=f16:page=16:page=16", "codec=f16:page=99999999999",
            "full; codec=f16", "codec=:page=16"})
    void malformedTextIsQuoted(String text) {
        assertThatThrownBy(() -> KvSpec.parse(text)).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-KV-SYNTAX").hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "3", "-16", "8192", "2147483647", "-2147483648"})
    void pagesArePowersOfTwo(String tokens) {
        assertThatThrownBy(() -> KvSpec.parse("codec=f16:page=" + tokens)).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-KV-LAYOUT").hasMessageContaining(tokens);
    }

    @Test
    void anyTextIsReadOrRefusedWithACode() {
        String[] pieces = {"codec", "retain", "full", "f16", "bf16", "=", ":", ";", "/", ",", "page", "16", " ", "-",
                "é"};
        Random random = Seeds.random("kv text");
        int read = 0;
        for (int i = 0; i < 50_000; i++) {
            var text = new StringBuilder();
            for (int n = random.nextInt(8); n >= 0; n--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                KvSpec spec = KvSpec.parse(text.toString());
                assertThat(KvSpec.parse(spec.toString())).as(text.toString()).isEqualTo(spec);
                read++;
            } catch (UsageException e) {
                assertThat(e.code()).as(text.toString()).startsWith("PIN-KV-");
            }
        }
        assertThat(read).isPositive();
    }
}
