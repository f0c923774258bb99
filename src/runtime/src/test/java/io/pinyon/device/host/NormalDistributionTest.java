/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class NormalDistributionTest {
    /** Values of the error function's tables, {@code Phi(x) = (1 + erf(x / sqrt 2)) / 2}. */
    @ParameterizedTest
    @CsvSource({"0, 0.5", "1, 0.8413447460685429", "-1, 0.15865525393145705", "2, 0.9772498680518208",
            "-3, 0.0013498980316300946", "5, 0.9999997133484281", "-6, 9.865876450376946e-10", "8.9, 1", "9.1, 1",
            "-9.1, 0", "1e300, 1", "-1e300, 0", "NaN, NaN", "Infinity, 1", "-Infinity, 0", "1e-300, 0.5"})
    void agreesWithTables(double x, double expected) {
        if (Double.isNaN(expected)) {
            assertThat(NormalDistribution.cumulative(x)).isNaN();
        } else {
            assertThat(NormalDistribution.cumulative(x)).isCloseTo(expected, within(1e-15));
        }
    }
}
