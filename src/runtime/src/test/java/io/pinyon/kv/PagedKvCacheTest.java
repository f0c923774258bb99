/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Purpose;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PagedKvCacheTest {
    private static final KvLayout SMALL = new KvLayout(KvFormats.F16, KvFormats.F16, 2, 8, 8, 16);
    private static final KvLayout LARGE = new KvLayout(KvFormats.F32, KvFormats.F32, 1, 8, 8, 64);

    private Device device = new ScalarDevice(DeviceOptions.defaults());
    private PagedKvCache cache = new PagedKvCache(device, List.of(SMALL, LARGE, SMALL), 200);

    private void withMemory(long bytes) {
        cache.close();
        device.close();
        device = new ScalarDevice(DeviceOptions.defaults().withMemoryLimit(bytes));
        cache = new PagedKvCache(device, List.of(SMALL, LARGE, SMALL), 200);
    }

    @AfterEach
    void nothingIsLeft() {
        cache.checkIntegrity();
        cache.close();
        cache.checkIntegrity();
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isZero();
        device.close();
    }

    private static void refused(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(UsageException.class).hasMessageStartingWith(code + ": ");
    }

    private List<Integer> pages() {
        return List.of(cache.view(0).pages().size(), cache.view(1).pages().size(), cache.view(2).pages().size());
    }

    private void append(int tokens) {
        cache.reserve(tokens);
        cache.commit(tokens);
    }

    @Test
    void anEmptyCacheHoldsNothing() {
        assertThat(cache.length()).isZero();
        assertThat(cache.capacity()).isEqualTo(200);
        assertThat(cache.layers()).isEqualTo(3);
        assertThat(cache.bytes()).isZero();
        assertThat(pages()).containsExactly(0, 0, 0);
    }

    @Test
    void pagesComeAsTokensDo() {
        cache.reserve(1);
        assertThat(pages()).containsExactly(1, 1, 1);
        assertThat(cache.length()).isZero();
        cache.commit(1);
        append(15);
        assertThat(pages()).containsExactly(1, 1, 1);
        append(1);
        assertThat(pages()).containsExactly(2, 1, 2);
        assertThat(cache.length()).isEqualTo(17);
        assertThat(cache.bytes()).isEqualTo(4 * SMALL.pageBytes() + LARGE.pageBytes());
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isEqualTo(cache.bytes());
    }

    @Test
    void aReservationIsForTokensBehindTheCommittedOnes() {
        append(10);
        cache.reserve(30);
        cache.reserve(5);
        assertThat(cache.view(0).capacity()).as("a smaller reservation keeps the larger").isEqualTo(48);
        cache.reserve(0);
        cache.commit(20);
        cache.commit(10);
        refused("PIN-KV-COMMIT", () -> cache.commit(1));
    }

    @Test
    void anAbandonedReservationIsGivenBackByTruncation() {
        append(16);
        List<KvPage> before = cache.view(0).pages();
        cache.reserve(100);
        cache.truncate(16);
        assertThat(cache.view(0).pages()).isEqualTo(before);
        assertThat(cache.length()).isEqualTo(16);
        refused("PIN-KV-COMMIT", () -> cache.commit(1));
    }

    @Test
    void truncationGivesBackWholePagesOnly() {
        append(65);
        List<KvPage> before = cache.view(0).pages();
        cache.truncate(17);
        assertThat(pages()).containsExactly(2, 1, 2);
        assertThat(cache.view(0).pages()).isEqualTo(before.subList(0, 2));
        cache.truncate(16);
        assertThat(pages()).containsExactly(1, 1, 1);
        cache.truncate(0);
        assertThat(cache.bytes()).isZero();
    }

    @Test
    void aCacheMayBeFilledToTheLastToken() {
        append(200);
        refused("PIN-KV-CONTEXT", () -> cache.reserve(1));
        refused("PIN-KV-CONTEXT", () -> cache.reserve(Integer.MAX_VALUE));
        cache.reserve(0);
        assertThat(cache.length()).isEqualTo(200);
        assertThat(pages()).containsExactly(13, 4, 13);
    }

    @Test
    void aReservationThatDoesNotFitChangesNothing() {
        withMemory(3 * SMALL.pageBytes() + LARGE.pageBytes());
        append(16);
        List<KvPage> before = cache.view(0).pages();
        long bytes = cache.bytes();
        assertThatThrownBy(() -> cache.reserve(1)).as("room for the first layer's page, not for the third's")
                .isInstanceOf(MemoryException.class).hasMessageStartingWith("PIN-MEMORY-BUDGET");
        assertThat(cache.view(0).pages()).isEqualTo(before);
        assertThat(cache.bytes()).isEqualTo(bytes);
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isEqualTo(bytes);
        refused("PIN-KV-COMMIT", () -> cache.commit(1));
        cache.truncate(8);
        append(8);
    }

    @Test
    void countsThatMakeNoSenseAreRefused() {
        append(5);
        refused("PIN-KV-COUNT", () -> cache.reserve(-1));
        refused("PIN-KV-COUNT", () -> cache.commit(-1));
        refused("PIN-KV-COMMIT", () -> cache.commit(1));
        refused("PIN-KV-COMMIT", () -> cache.commit(Integer.MAX_VALUE));
        refused("PIN-KV-TRUNCATE", () -> cache.truncate(6));
        refused("PIN-KV-TRUNCATE", () -> cache.truncate(-1));
        refused("PIN-KV-LAYER", () -> cache.view(3));
        refused("PIN-KV-LAYER", () -> cache.view(-1));
        assertThat(cache.length()).isEqualTo(5);
    }

    @Test
    void impossibleCachesAreRefused() {
        refused("PIN-KV-COUNT", () -> new PagedKvCache(device, List.of(SMALL), -1));
        for (int tokens : new int[]{0, 3, -16, Integer.MIN_VALUE}) {
            var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, tokens);
            refused("PIN-KV-LAYOUT", () -> new PagedKvCache(device, List.of(layout), 1));
        }
    }

    @Test
    void aClosedCacheRefusesEverything() {
        append(20);
        cache.close();
        cache.close();
        assertThat(cache.length()).isZero();
        assertThat(cache.bytes()).isZero();
        refused("PIN-KV-CLOSED", () -> cache.reserve(1));
        refused("PIN-KV-CLOSED", () -> cache.commit(0));
        refused("PIN-KV-CLOSED", () -> cache.truncate(0));
        refused("PIN-KV-CLOSED", () -> cache.view(0));
    }

    @Test
    void aCacheKeepsItsDeviceOpen() {
        append(1);
        refused("PIN-DEVICE-BUSY", device::close);
    }
}
