/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Purpose;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class KvForkTest {
    private static final KvLayout LAYOUT = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 16);
    private static final long PAGE = LAYOUT.pageBytes();

    private Device device = new ScalarDevice(DeviceOptions.defaults());
    private PagedKvCache cache = new PagedKvCache(device, List.of(LAYOUT, LAYOUT), 200);

    private void withPages(int pages) {
        cache.close();
        device.close();
        device = new ScalarDevice(DeviceOptions.defaults().withMemoryLimit(pages * PAGE));
        cache = new PagedKvCache(device, List.of(LAYOUT, LAYOUT), 200);
    }

    @AfterEach
    void nothingIsLeft() {
        cache.checkIntegrity();
        cache.close();
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isZero();
        device.close();
    }

    private static void append(KvCache cache, int tokens) {
        cache.reserve(tokens);
        cache.commit(tokens);
    }

    private long held() {
        return device.memory().snapshot().bytes(Purpose.KV);
    }

    private static List<KvPage> pages(KvCache cache) {
        return cache.view(0).pages();
    }

    @Test
    void aForkSharesFullPagesAndThePartialOne() {
        append(cache, 40);
        try (KvCache fork = cache.fork()) {
            assertThat(fork.length()).isEqualTo(40);
            assertThat(fork.capacity()).isEqualTo(200);
            assertThat(fork.layers()).isEqualTo(2);
            assertThat(pages(fork)).isEqualTo(pages(cache));
            assertThat(held()).isEqualTo(6 * PAGE);
            assertThat(List.of(cache.bytes(), fork.bytes(), cache.sharedBytes(), fork.sharedBytes()))
                    .containsOnly(6 * PAGE);
            append(fork, 1);
            assertThat(pages(fork).subList(0, 2)).isEqualTo(pages(cache).subList(0, 2));
            assertThat(pages(fork).get(2)).isNotSameAs(pages(cache).get(2));
            assertThat(fork.bytes()).isEqualTo(6 * PAGE);
            assertThat(fork.sharedBytes()).isEqualTo(cache.sharedBytes()).isEqualTo(4 * PAGE);
            assertThat(held()).isEqualTo(8 * PAGE);
            fork.checkIntegrity();
        }
        assertThat(cache.sharedBytes()).isZero();
    }

    @Test
    void theLastOwnerWritesWithoutCopying() {
        append(cache, 20);
        KvCache fork = cache.fork();
        KvView view = cache.view(1);
        append(fork, 1);
        append(cache, 1);
        assertThat(cache.view(1)).isSameAs(view);
        fork.close();
    }

    @Test
    void nothingIsCopiedAtAPageEdgeOrWithoutTokens() {
        append(cache, 32);
        try (KvCache fork = cache.fork()) {
            append(fork, 1);
            assertThat(pages(fork).subList(0, 2)).isEqualTo(pages(cache));
            fork.truncate(20);
            KvView view = fork.view(0);
            fork.reserve(0);
            assertThat(fork.view(0)).isSameAs(view);
        }
    }

    @Test
    void aFullPageThatIsCutAndWrittenAgainIsCopied() {
        append(cache, 32);
        try (KvCache fork = cache.fork()) {
            fork.truncate(5);
            assertThat(held()).isEqualTo(4 * PAGE);
            append(fork, 1);
            assertThat(pages(fork)).hasSize(1).doesNotContain(pages(cache).getFirst());
            assertThat(cache.length()).isEqualTo(32);
        }
    }

    @Test
    void aForkForgetsTheReservation() {
        append(cache, 20);
        cache.reserve(30);
        try (KvCache fork = cache.fork()) {
            assertThat(held()).isEqualTo(4 * PAGE);
            for (KvCache each : List.of(cache, fork)) {
                assertThatThrownBy(() -> each.commit(1)).isInstanceOf(UsageException.class)
                        .hasMessageStartingWith("PIN-KV-COMMIT");
            }
        }
    }

    @Test
    void theOrderOfClosingDoesNotMatter() {
        append(cache, 20);
        KvCache child = cache.fork();
        KvCache grandchild = child.fork();
        cache.close();
        child.close();
        child.close();
        grandchild.checkIntegrity();
        assertThat(held()).isEqualTo(grandchild.bytes()).isEqualTo(4 * PAGE);
        append(grandchild, 1);
        grandchild.close();
        assertThatThrownBy(cache::fork).isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-KV-CLOSED");
    }

    @Test
    void aCopyThatDoesNotFitChangesNothing() {
        withPages(5);
        append(cache, 20);
        try (KvCache fork = cache.fork()) {
            KvView first = fork.view(0);
            KvView second = fork.view(1);
            assertThatThrownBy(() -> fork.reserve(1)).as("room for the first layer's copy, not for the second's")
                    .isInstanceOf(MemoryException.class).hasMessageStartingWith("PIN-MEMORY-BUDGET");
            assertThat(fork.view(0)).isSameAs(first);
            assertThat(fork.view(1)).isSameAs(second);
            assertThat(held()).isEqualTo(4 * PAGE);
            assertThat(fork.sharedBytes()).isEqualTo(4 * PAGE);
            fork.checkIntegrity();
            cache.checkIntegrity();
            cache.truncate(0);
            append(fork, 1);
        }
    }

    @Test
    void tenThousandForksOfOnePrefixCostNoPage() {
        append(cache, 100);
        long before = held();
        List<KvCache> forks = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            forks.add(cache.fork());
        }
        assertThat(held()).isEqualTo(before).isEqualTo(cache.sharedBytes());
        cache.checkIntegrity();
        append(forks.get(5000), 1);
        assertThat(held()).isEqualTo(before + 2 * PAGE);
        forks.forEach(KvCache::close);
        assertThat(held()).isEqualTo(before);
        assertThat(cache.sharedBytes()).isZero();
    }
}
