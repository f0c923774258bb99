/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.Random;

import io.pinyon.device.KvLayout;
import io.pinyon.device.contract.Seeds;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.place.Limit;
import io.pinyon.kv.place.Placement;
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
            "codec=f16/f16:page=64, codec=f16", "codec=bf16:page=1, codec=bf16:page=1", "place=device, codec=f16",
            "' PLACE = tiers ; codec=f32 ', codec=f32; place=tiers"})
    void readsWhatItWrites(String text, String canonical) {
        KvSpec spec = KvSpec.parse(text);
        assertThat(spec).hasToString(canonical);
        assertThat(KvSpec.parse(canonical)).isEqualTo(spec);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            place=tiers                                   | codec=f16; place=tiers
            place=tiers:device=10%                        | codec=f16; place=tiers:device=10%
            place=tiers:host=512MiB,device=2.5%;codec=bf16 | codec=bf16; place=tiers:device=2.5%,host=512MiB
            place=tiers : device = all , host = 0         | codec=f16; place=tiers:host=0
            place=tiers:device=0%,host=1000               | codec=f16; place=tiers:device=0%,host=1000
            place=tiers:device=0.001%,host=100%           | codec=f16; place=tiers:device=0.001%,host=100%
            place=tiers:device=1.5gib                     | codec=f16; place=tiers:device=1536MiB
            """)
    void readsAndWritesWherePagesLie(String text, String canonical) {
        KvSpec spec = KvSpec.parse(text);

        assertThat(spec).hasToString(canonical);
        assertThat(KvSpec.parse(canonical)).isEqualTo(spec);
        assertThat(spec.placement().movable()).isTrue();
    }

    @Test
    void limitsAreWhatTheyAreCalled() {
        Placement placement = KvSpec.parse("place=tiers:device=10%,host=64KiB").placement();

        assertThat(placement).isEqualTo(new Placement(true, new Limit.Percent(10), new Limit.Bytes(65536)));
        assertThat(KvSpec.parse("place=tiers").placement()).isEqualTo(Placement.TIERS);
        assertThat(KvSpec.full().placement()).isEqualTo(Placement.DEVICE);
        assertThatThrownBy(() -> KvSpec.full().withPlacement(new Placement(false, Limit.NONE, new Limit.Bytes(1))))
                .isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-KV-SYNTAX");
    }

    @ParameterizedTest
    @ValueSource(strings = {"place=", "place=tiers:", "place=tiers:device", "place=tiers:device=",
            "place=tiers:disk=1GiB",
            "place=tiers:device=x", "place=tiers:device=101%", "place=tiers:device=-1%", "place=tiers:device=1GB",
            "place=tiers:device=1,device=2", "place=tiers:device=1:host=2", "place=device:host=1", "place=tiers;",
            "place=tiers; place=tiers", "place=tiers:device=0.0001%", "full; place=tiers", "place=tiers,codec=f16"})
    void impossiblePlacesAreQuoted(String text) {
        assertThatThrownBy(() -> KvSpec.parse(text)).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-KV-").hasMessageContaining("place");
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
    @ValueSource(strings = {"retain=snapkv:budget=2048,window=32", "place=host", "place=auto", "select=quest",
            "codec=int4:group=64",
            "codec=f16/int8", "codec=f16; place=host", "kivi", "codec"})
    void methodsThatAreNotBuiltAreRefusedByName(String text) {
        assertThatThrownBy(() -> KvSpec.parse(text)).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-KV-UNSUPPORTED").hasMessageContaining("is not built")
                .hasMessageContaining("full, codec= with f16, bf16, f32, and place= with device, tiers");
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
        String[] pieces = {"codec=", "retain", "full", "f16", "bf16", "=", ":", ";", "/", ",", "page", "16", " ", "-",
                "é", "place=tiers", ":device=", "%", "host=", "all"};
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
