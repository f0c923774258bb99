/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli.needle;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The expected draws were printed by CPython 3.11. */
class PythonRandomTest {
    @Test
    void fractionsAreThoseOfPython() {
        assertThat(fractions(0)).containsExactly(0.8444218515250481, 0.7579544029403025, 0.420571580830845);
        assertThat(fractions(1)).containsExactly(0.13436424411240122, 0.8474337369372327, 0.763774618976614);
        assertThat(fractions(1099511627779L)).containsExactly(0.21978710637116716, 0.5494687768352203,
                0.09461190973523603);
    }

    @Test
    void theSignOfASeedDoesNotCount() {
        assertThat(fractions(-7)).isEqualTo(fractions(7));
    }

    @Test
    void integersAreThoseOfPython() {
        PythonRandom random = new PythonRandom(5);

        assertThat(IntStream.range(0, 8).map(_ -> random.randrange(10)).toArray()).containsExactly(9, 4, 5, 8, 0, 7, 3,
                0);
        assertThat(IntStream.range(0, 4).map(_ -> random.randint(100, 999)).toArray()).containsExactly(260, 215, 480,
                580);
        assertThat(IntStream.range(0, 4).mapToObj(_ -> random.choice(List.of("a", "b", "c"))).toList())
                .containsExactly("a", "b", "c", "a");
        assertThatThrownBy(() -> random.randrange(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<Double> fractions(long seed) {
        PythonRandom random = new PythonRandom(seed);
        return IntStream.range(0, 3).mapToObj(_ -> random.random()).toList();
    }
}
