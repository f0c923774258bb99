/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class BytesTest {
    @ParameterizedTest
    @CsvSource({"0, 0 B", "1023, 1023 B", "1024, 1.0 KiB", "1536, 1.5 KiB", "-2048, -2.0 KiB", "15099494, 14.4 MiB",
            "8589934592, 8.0 GiB", "9223372036854775807, 8.0 EiB"})
    void usesTheLargestUnitThatFits(long bytes, String text) {
        assertThat(Bytes.format(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1000, 1000", "1024, 1KiB", "1536, 1536", "1572864, 1536KiB", "8589934592, 8GiB",
            "9223372036854775807, 9223372036854775807", "1152921504606846976, 1EiB"})
    void whatIsWrittenExactlyIsReadAgain(long bytes, String text) {
        assertThat(Bytes.exact(bytes)).isEqualTo(text);
        assertThat(Bytes.parse(text)).hasValue(bytes);
    }

    @ParameterizedTest
    @CsvSource({"1.5KiB, 1536", "' 2 TiB ', 2199023255552", "512mib, 536870912", "12b, 12"})
    void readsWhatPeopleWrite(String text, long bytes) {
        assertThat(Bytes.parse(text)).hasValue(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GiB", "8GB", "8G", "-1", "1e9", "0x10", "8EiB", "99999999999TiB", "1.2.3"})
    void readsNothingElse(String text) {
        assertThat(Bytes.parse(text)).isEmpty();
    }
}
