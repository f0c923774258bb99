/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class GenerateOptionsTest {
    private static void refused(String code, UnaryOperator<GenerateOptions.Builder> change) {
        assertThatThrownBy(() -> change.apply(GenerateOptions.builder()).build()).isInstanceOf(UsageException.class)
                .hasMessageStartingWith(code + ": ");
    }

    @Test
    void theDefaultsAreGreedy() {
        GenerateOptions options = GenerateOptions.defaults();
        assertThat(options.temperature()).isZero();
        assertThat(options.maxTokens()).isEqualTo(256);
        assertThat(options.stopAtEnd()).isTrue();
        assertThat(options.parseSpecial()).isFalse();
        assertThat(options.stop()).isEmpty();
        assertThat(options.seed()).isEmpty();
    }

    @Test
    void impossibleValuesAreRefused() {
        refused("PIN-OPTION-MAXTOKENS", builder -> builder.maxTokens(-1));
        refused("PIN-OPTION-TEMPERATURE", builder -> builder.temperature(-1));
        refused("PIN-OPTION-TOPK", builder -> builder.topK(-1));
        refused("PIN-OPTION-TOPP", builder -> builder.topP(0));
        refused("PIN-OPTION-MINP", builder -> builder.minP(2));
        refused("PIN-OPTION-PENALTY", builder -> builder.repetitionPenalty(Float.NaN));
        refused("PIN-OPTION-PENALTY", builder -> builder.frequencyPenalty(Float.POSITIVE_INFINITY));
        refused("PIN-OPTION-PENALTY", builder -> builder.presencePenalty(Float.NaN));
        refused("PIN-OPTION-PENALTYWINDOW", builder -> builder.penaltyWindow(-1));
        refused("PIN-OPTION-STOP", builder -> builder.stop("a", ""));
        refused("PIN-OPTION-STOP", builder -> builder.stop("a\uD83D"));
    }

    @Test
    void stopsAreCopied() {
        List<String> stops = new ArrayList<>(List.of("a"));
        GenerateOptions options = GenerateOptions.builder().stop(stops).seed(5).build();
        stops.clear();
        assertThat(options.stop()).containsExactly("a");
        assertThat(options.seed()).hasValue(5);
    }

    @Test
    void ratesCountWhatTheirTimeCovers() {
        Usage usage = new Usage(100, 11, Duration.ofMillis(500), Duration.ofSeconds(2));
        assertThat(usage.promptTokensPerSecond()).isEqualTo(200);
        assertThat(usage.tokensPerSecond()).isEqualTo(5);
        Usage none = new Usage(1, 0, Duration.ZERO, Duration.ZERO);
        assertThat(none.promptTokensPerSecond()).isZero();
        assertThat(none.tokensPerSecond()).isZero();
    }
}
