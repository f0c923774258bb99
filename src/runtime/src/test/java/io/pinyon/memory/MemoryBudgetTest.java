/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.Map;

import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MemoryBudgetTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            8GiB                               | 8GiB
            device=12GiB                       | 12GiB
            ' Disk = 1.5KiB , HOST=64GiB '     | host=64GiB,disk=1536
            device=12GiB,host=64GiB,disk=0     | device=12GiB,host=64GiB,disk=0
            """)
    void readsWhatItWrites(String text, String canonical) {
        MemoryBudget budget = MemoryBudget.parse(text);

        assertThat(budget).hasToString(canonical);
        assertThat(MemoryBudget.parse(canonical)).isEqualTo(budget);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "much", "8GB", "-1", "device", "device=", "=8GiB", "device=8GiB,", "gpu=8GiB",
            "device=1,device=2", "host=8GiB;disk=1GiB", "8GiB,host=1GiB", "host==1", "device=1 host=2"})
    void anythingElseIsQuoted(String text) {
        assertThatThrownBy(() -> MemoryBudget.parse(text)).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-OPTION-BUDGET").hasMessageContaining("'" + text + "'");
    }

    @Test
    void theDeviceIsTheTierThatItsMemoryIs() {
        MemoryBudget budget = MemoryBudget.parse("device=1KiB,disk=3KiB");

        assertThat(budget.limits(Tier.DEVICE)).isEqualTo(Map.of(Tier.DEVICE, 1024L, Tier.DISK, 3072L));
        assertThat(budget.limits(Tier.HOST)).isEqualTo(Map.of(Tier.HOST, 1024L, Tier.DISK, 3072L));
        assertThat(MemoryBudget.NONE.limits(Tier.DEVICE)).isEmpty();
        assertThat(MemoryBudget.parse("device=1,host=2").limits(Tier.DEVICE))
                .isEqualTo(Map.of(Tier.DEVICE, 1L, Tier.HOST, 2L));
    }

    @Test
    void twoLimitsForTheSameMemoryAreRefused() {
        MemoryBudget budget = MemoryBudget.parse("device=1GiB,host=1GiB");

        assertThatThrownBy(() -> budget.limits(Tier.HOST)).isInstanceOf(UsageException.class)
                .hasMessageContaining("PIN-OPTION-BUDGET").hasMessageContaining("device=1GiB,host=1GiB");
    }

    @Test
    void anAccountKeepsToIt() {
        var account = new MemoryAccount();
        account.limit(MemoryBudget.parse("device=100,disk=50"), Tier.DEVICE);

        account.reserve(Tier.HOST, Purpose.STAGING, 1 << 30).close();
        account.reserve(Tier.DEVICE, Purpose.KV, 100);
        assertThat(account.remaining(Tier.DEVICE)).hasValue(0);
        assertThatThrownBy(() -> account.reserve(Tier.DISK, Purpose.KV, 51)).isInstanceOf(MemoryException.class)
                .hasMessageContaining("PIN-MEMORY-BUDGET").hasMessageContaining("DISK");
    }
}
