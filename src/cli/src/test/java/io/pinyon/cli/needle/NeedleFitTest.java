/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli.needle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class NeedleFitTest {
    @ParameterizedTest
    @ValueSource(ints = {200, 1000, 2048, 8192, 30_000})
    void comesNearTheLengthAndNeverExceedsIt(int tokens) {
        for (int seed = 0; seed < 5; seed++) {
            Needle needle = NeedleFit.fit(seed, seed / 4.0, tokens, NeedleFitTest::words).orElseThrow();

            assertThat(words(needle)).isBetween(tokens - 60, tokens);
            assertThat(NeedleFit.fit(seed, seed / 4.0, tokens, NeedleFitTest::words)).contains(needle);
        }
    }

    @Test
    void saysWhenNothingFits() {
        assertThat(NeedleFit.fit(1, 0.5, 10, NeedleFitTest::words)).isEmpty();
    }

    @Test
    void onlyTheWholeAnswerCounts() {
        Needle needle = new Needle("", " red crane 9553");

        assertThat(needle.recalledBy(" red crane 9553.")).isTrue();
        assertThat(needle.recalledBy(" red crane 9553.\nQuestion:")).isTrue();
        assertThat(needle.recalledBy(" red crane 955.")).isFalse();
        assertThat(needle.recalledBy(" red crane 9553 of")).isFalse();
        assertThat(needle.recalledBy("red crane 9553.")).isFalse();
    }

    private static int words(Needle needle) {
        return needle.prompt().split("\\s+").length;
    }
}
