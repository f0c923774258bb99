/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class LogProbabilitiesTest {
    private static final float LN2 = (float) Math.log(2);

    @Test
    void aRowWithinAMatrix() {
        float[] logits = {99, 99, LN2, 0, 0, 99};
        assertThat(LogProbabilities.of(logits, 2, 3, 0)).isCloseTo(Math.log(0.5), within(1e-7));
        assertThat(LogProbabilities.of(logits, 2, 3, 2)).isCloseTo(Math.log(0.25), within(1e-7));
        assertThat(LogProbabilities.argmax(logits, 2, 3)).isZero();
    }

    @Test
    void largeLogitsDoNotOverflow() {
        assertThat(LogProbabilities.logSumExp(new float[]{3e38f, 3e38f}, 0, 2)).isEqualTo(3e38f);
        assertThat(LogProbabilities.logSumExp(new float[]{-3e38f, -1000}, 0, 2)).isEqualTo(-1000);
    }

    @Test
    void divergenceByItsDefinition() {
        float[] p = {LN2, 0, 0};
        float[] q = {0, 0, LN2};
        // p = 1/2 1/4 1/4, q = 1/4 1/4 1/2
        assertThat(LogProbabilities.divergence(p, 0, q, 0, 3)).isCloseTo(0.25 * Math.log(2), within(1e-7));
        assertThat(LogProbabilities.divergence(p, 0, p, 0, 3)).isZero();
    }
}
