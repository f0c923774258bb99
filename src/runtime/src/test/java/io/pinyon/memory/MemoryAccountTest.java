/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.pinyon.error.MemoryException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MemoryAccountTest {
    private final MemoryAccount account = new MemoryAccount();

    @Test
    void countsByTierAndPurpose() {
        try (Lease kv = account.reserve(Tier.HOST, Purpose.KV, 100);
                Lease mapped = account.reserve(Tier.MAPPED, Purpose.WEIGHTS, 50);
                Lease more = account.reserve(Tier.DEVICE, Purpose.KV, 7)) {
            assertThat(List.of(kv.bytes(), mapped.bytes(), more.bytes())).containsExactly(100L, 50L, 7L);
            assertThat(account.snapshot().items()).containsExactlyInAnyOrder(
                    new MemorySnapshot.Item(Tier.HOST, Purpose.KV, 100, 100),
                    new MemorySnapshot.Item(Tier.MAPPED, Purpose.WEIGHTS, 50, 50),
                    new MemorySnapshot.Item(Tier.DEVICE, Purpose.KV, 7, 7));
            assertThat(account.snapshot().bytes(Purpose.KV)).isEqualTo(107);
        }
        assertThat(account.snapshot().items()).allMatch(item -> item.bytes() == 0);
    }

    @Test
    void anEmptyAccountHasNoRows() {
        assertThat(account.snapshot().items()).isEmpty();
        assertThat(account.snapshot().peakByTier()).isEmpty();
    }

    @Test
    void closingALeaseTwiceGivesBackOnce() {
        Lease first = account.reserve(Tier.HOST, Purpose.KV, 10);
        try (Lease second = account.reserve(Tier.HOST, Purpose.KV, 20)) {
            first.close();
            first.close();
            assertThat(account.snapshot().bytes(Purpose.KV)).isEqualTo(second.bytes());
        }
    }

    @Test
    void thePeakOfATierIsWhatItHeldAtOnce() {
        account.reserve(Tier.HOST, Purpose.KV, 100).close();
        account.reserve(Tier.HOST, Purpose.ACTIVATIONS, 80).close();
        assertThat(account.snapshot().peak(Purpose.KV)).isEqualTo(100);
        assertThat(account.snapshot().peak(Purpose.ACTIVATIONS)).isEqualTo(80);
        assertThat(account.snapshot().peakByTier()).containsEntry(Tier.HOST, 100L);
        try (Lease both = account.reserve(Tier.HOST, Purpose.KV, 60)) {
            account.reserve(Tier.HOST, Purpose.ACTIVATIONS, 70).close();
            assertThat(both.bytes()).isEqualTo(60);
        }
        assertThat(account.snapshot().peakByTier()).containsEntry(Tier.HOST, 130L);
    }

    @Test
    void aRefusalItemisesAndChangesNothing() {
        account.limit(Tier.HOST, 1000);
        try (Lease kv = account.reserve(Tier.HOST, Purpose.KV, 600);
                Lease weights = account.reserve(Tier.HOST, Purpose.WEIGHTS, 300)) {
            MemorySnapshot before = account.snapshot();
            assertThatThrownBy(() -> account.reserve(Tier.HOST, Purpose.ACTIVATIONS, 101))
                    .isInstanceOf(MemoryException.class).hasMessageStartingWith("PIN-MEMORY-BUDGET: 101 B")
                    .hasMessageContaining("1000 B").hasMessageContaining("KV 600 B")
                    .hasMessageContaining("WEIGHTS 300 B");
            assertThat(account.snapshot()).isEqualTo(before);
            account.reserve(Tier.HOST, Purpose.ACTIVATIONS, 100).close();
            assertThat(kv.bytes() + weights.bytes()).isEqualTo(900);
        }
    }

    @Test
    void limitsAreByTier() {
        account.limit(Tier.DEVICE, 0);
        account.reserve(Tier.HOST, Purpose.KV, 1 << 30).close();
        account.reserve(Tier.DEVICE, Purpose.KV, 0).close();
        assertThatThrownBy(() -> account.reserve(Tier.DEVICE, Purpose.KV, 1)).isInstanceOf(MemoryException.class)
                .hasMessageContaining("in use: nothing");
    }

    @Test
    void hugeRequestsDoNotOverflowTheLimit() {
        account.limit(Tier.HOST, Long.MAX_VALUE);
        try (Lease lease = account.reserve(Tier.HOST, Purpose.KV, Long.MAX_VALUE - 1)) {
            assertThatThrownBy(() -> account.reserve(Tier.HOST, Purpose.KV, Long.MAX_VALUE))
                    .isInstanceOf(MemoryException.class);
            assertThat(account.snapshot().bytes(Purpose.KV)).isEqualTo(lease.bytes());
        }
    }

    @Test
    void aNegativeCountIsAProgrammingError() {
        assertThatIllegalArgumentException().isThrownBy(() -> account.reserve(Tier.HOST, Purpose.KV, -1));
    }

    @Test
    void threadsNeverExceedTheLimitTogetherAndLeaveNothing() throws InterruptedException, ExecutionException {
        int threads = 4;
        account.limit(Tier.HOST, 1000);
        try (var pool = Executors.newFixedThreadPool(threads)) {
            List<Future<Integer>> results = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                results.add(pool.submit(this::reserveAndRelease));
            }
            int succeeded = 0;
            for (Future<Integer> result : results) {
                succeeded += result.get();
            }
            assertThat(succeeded).isPositive();
        }
        MemorySnapshot after = account.snapshot();
        assertThat(after.bytes(Purpose.KV)).isZero();
        assertThat(after.peakByTier().get(Tier.HOST)).isPositive().isLessThanOrEqualTo(1000);
    }

    private int reserveAndRelease() {
        int succeeded = 0;
        for (int i = 0; i < 20_000; i++) {
            try (Lease lease = account.reserve(Tier.HOST, Purpose.KV, 400)) {
                succeeded += lease.bytes() == 400 ? 1 : 0;
            } catch (MemoryException e) {
                assertThat(e.code()).isEqualTo("PIN-MEMORY-BUDGET");
            }
        }
        return succeeded;
    }
}
