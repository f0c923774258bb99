/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import io.pinyon.device.contract.Seeds;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StopStringsTest {
    private static String feed(StopStrings stops, String... pieces) {
        StringBuilder text = new StringBuilder();
        for (String piece : pieces) {
            text.append(stops.push(piece));
        }
        return text.toString();
    }

    @Test
    void withoutStopsNothingIsHeldBack() {
        StopStrings stops = new StopStrings(List.of());
        assertThat(stops.push("abc")).isEqualTo("abc");
        assertThat(stops.flush()).isEmpty();
        assertThat(stops.match()).isEmpty();
    }

    @Test
    void aStopAcrossPiecesIsNotDelivered() {
        StopStrings stops = new StopStrings(List.of("\nUser:"));
        assertThat(feed(stops, "Hello", "\n", "Us", "er", ": more")).isEqualTo("Hello");
        assertThat(stops.match()).contains("\nUser:");
        assertThat(stops.push("still more")).isEmpty();
        assertThat(stops.flush()).isEmpty();
    }

    @Test
    void whatCannotBecomeAStopIsGivenOutAtOnce() {
        StopStrings stops = new StopStrings(List.of("END"));
        assertThat(stops.push("THE EN")).isEqualTo("THE ");
        assertThat(stops.push("EMY")).isEqualTo("ENEMY");
        assertThat(stops.push("E")).isEmpty();
        assertThat(stops.flush()).isEqualTo("E");
        assertThat(stops.match()).isEmpty();
    }

    @Test
    void overlapsWithItselfAreFollowed() {
        assertThat(feed(new StopStrings(List.of("aab")), "a", "a", "a", "b")).isEqualTo("a");
        assertThat(feed(new StopStrings(List.of("abab")), "abaabab")).isEqualTo("aba");
    }

    @Test
    void theFirstToEndWinsAndThenTheLongest() {
        StopStrings inner = new StopStrings(List.of("abcd", "bc"));
        assertThat(feed(inner, "xabcd")).isEqualTo("xa");
        assertThat(inner.match()).contains("bc");
        StopStrings longest = new StopStrings(List.of("c", "abc"));
        assertThat(feed(longest, "xabc")).isEqualTo("x");
        assertThat(longest.match()).contains("abc");
    }

    @Test
    void charactersBeyondTheBasicPlaneAreNotSplit() {
        StopStrings stops = new StopStrings(List.of("\uD83D\uDE00!"));
        assertThat(stops.push("a\uD83D\uDE00")).isEqualTo("a");
        assertThat(stops.push("\uD83D\uDE01")).isEqualTo("\uD83D\uDE00\uD83D\uDE01");
        assertThat(stops.push("\uD83D\uDE00!")).isEmpty();
        assertThat(stops.match()).isPresent();
    }

    @Test
    void anEmptyStopIsRefused() {
        assertThatThrownBy(() -> new StopStrings(List.of(""))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void randomTextsAgreeWithIndexOf() {
        Random random = Seeds.random("stops");
        for (int round = 0; round < 5000; round++) {
            List<String> stops = new ArrayList<>();
            int count = 1 + random.nextInt(3);
            for (int i = 0; i < count; i++) {
                stops.add(word(random, 1 + random.nextInt(5)));
            }
            String text = word(random, random.nextInt(40));
            StopStrings matcher = new StopStrings(stops);
            StringBuilder delivered = new StringBuilder();
            for (int at = 0; at < text.length() && matcher.match().isEmpty();) {
                int end = Math.min(text.length(), at + random.nextInt(6));
                delivered.append(matcher.push(text.substring(at, end)));
                assertThat(text).startsWith(delivered.toString());
                at = end;
            }
            Optional<String> match = matcher.match();
            delivered.append(matcher.flush());
            Optional<String> expected = first(text, stops);
            assertThat(match).as("stops %s in %s", stops, text).isEqualTo(expected);
            assertThat(delivered.toString()).isEqualTo(expected.map(stop -> text.substring(0, end(text, stop)
                    - stop.length())).orElse(text));
        }
    }

    private static String word(Random random, int length) {
        return random.ints(length, 'a', 'c' + 1).collect(StringBuilder::new, StringBuilder::appendCodePoint,
                StringBuilder::append).toString();
    }

    /** End of the first occurrence. */
    private static int end(String text, String stop) {
        int start = text.indexOf(stop);
        return start < 0 ? Integer.MAX_VALUE : start + stop.length();
    }

    private static Optional<String> first(String text, List<String> stops) {
        String best = stops.getFirst();
        for (String stop : stops) {
            int difference = Integer.compare(end(text, stop), end(text, best));
            if (difference < 0 || (difference == 0 && stop.length() > best.length())) {
                best = stop;
            }
        }
        return end(text, best) == Integer.MAX_VALUE ? Optional.empty() : Optional.of(best);
    }
}
