/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TextTableTest {
    @Test
    void columnsAreAlignedAndNumbersToTheRight() {
        var table = new TextTable("name", "bytes");
        table.row("a", "1.0 KiB");
        table.row("long name", 12);

        assertThat(table.toString()).isEqualTo("""
                name         bytes
                a          1.0 KiB
                long name       12
                """);
    }

    @Test
    void rowsHaveACellPerColumn() {
        var table = new TextTable("name", "bytes");

        assertThatThrownBy(() -> table.row("a")).isInstanceOf(IllegalArgumentException.class);
    }
}
