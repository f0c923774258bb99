/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class BytesTest {
    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "1536, 1.5 KiB", "-2048, -2.0 KiB", "15099494, 14.4 MiB",
            "8589934592, 8.0 GiB", "9223372036854775807, 8.0 EiB"})
    void usesTheLargestUnitThatFits(long bytes, String text) {
        assertThat(Bytes.format(bytes)).isEqualTo(text);
    }
}
