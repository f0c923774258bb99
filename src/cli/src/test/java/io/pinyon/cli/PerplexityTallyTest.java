/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class PerplexityTallyTest {
    @Test
    void perplexityOfEqualChoicesIsTheirNumber() {
        var tally = new PerplexityTally();
        float[] flat = {5, 5, 5, 5, -1, -1, -1, -1};

        tally.score(flat, 0, 4, 2);
        tally.score(flat, 1, 4, 0);

        assertThat(tally.scored()).isEqualTo(2);
        assertThat(tally.perplexity()).isCloseTo(4, within(1e-9));
        assertThat(tally.standardError()).isCloseTo(0, within(1e-6));
        assertThat(tally.hasComparison()).isFalse();
    }

    @Test
    void divergenceIsThatOfTheDefinition() {
        float[] p = {(float) Math.log(0.5), (float) Math.log(0.25), (float) Math.log(0.25)};
        float[] q = {(float) Math.log(0.25), (float) Math.log(0.25), (float) Math.log(0.5)};

        assertThat(Distributions.divergence(p, q, 0, 3)).isCloseTo(0.25 * Math.log(2), within(1e-6));
        assertThat(Distributions.divergence(p, p, 0, 3)).isCloseTo(0, within(1e-12));
    }

    @Test
    void hugeLogitsDoNotOverflow() {
        float[] logits = {1e30f, 0, -1e30f};

        assertThat(Distributions.logSumExp(logits, 0, 3)).isEqualTo(1e30f);
        assertThat(Distributions.divergence(logits, logits, 0, 3)).isZero();
    }

    @Test
    void percentileAndAgreementCountTokens() {
        var tally = new PerplexityTally();
        float[] sure = {10, 0};
        float[] other = {0, 10};
        for (int i = 0; i < 197; i++) {
            tally.compare(sure, sure, 0, 2);
        }
        tally.compare(sure, other, 0, 2);
        tally.compare(sure, other, 0, 2);
        tally.compare(sure, other, 0, 2);

        assertThat(tally.agreement()).isCloseTo(0.985, within(1e-9));
        assertThat(tally.divergence99()).isGreaterThan(5);
        assertThat(tally.meanDivergence()).isCloseTo(3 * tally.divergence99() / 200, within(1e-9));
    }
}
