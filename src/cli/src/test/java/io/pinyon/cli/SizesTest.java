/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import io.pinyon.error.UsageException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SizesTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "1048576, 1048576", "12B, 12", "512MiB, 536870912", "8GiB, 8589934592", "1.5KiB, 1536",
            "2 TiB, 2199023255552"})
    void readsBinaryUnitsAndPlainBytes(String text, long bytes) {
        assertThat(Sizes.parse("--budget", text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "GiB", "8GB", "8G", "-1", "1e9", "0x10", "99999999999TiB"})
    void refusesWhatIsNoSize(String text) {
        assertThatThrownBy(() -> Sizes.parse("--budget", text)).isInstanceOf(UsageException.class)
                .hasMessageContaining("--budget is '" + text + "'").hasMessageContaining("8GiB");
    }
}
