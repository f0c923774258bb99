/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DeviceHeapTest {
    private static final long MIB = 1L << 20;

    /** A driver that knows what it has given. */
    private static final class Driver {
        private final Map<Long, Long> given = new HashMap<>();
        private long next = 1L << 40;
        private long limit = Long.MAX_VALUE;

        long allocate(long bytes) {
            if (used() + bytes > limit) {
                throw new IllegalStateException("full");
            }
            long address = next;
            next += bytes;
            given.put(address, bytes);
            return address;
        }

        void free(long address) {
            assertThat(given.remove(address)).as("allocation at %s", address).isNotNull();
        }

        long used() {
            return given.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    private record Piece(long address, long bytes) {}

    private final Driver driver = new Driver();
    private final DeviceHeap heap = new DeviceHeap(driver::allocate, driver::free);

    @Test
    void smallPiecesShareOneAllocationOfTheDriver() {
        long first = heap.allocate(1);
        long second = heap.allocate(1000);
        assertThat(driver.given).hasSize(1);
        assertThat(second - first).isEqualTo(256);
        assertThat(heap.reserved()).isEqualTo(32 * MIB);
        heap.free(first, 1);
        heap.free(second, 1000);
        assertThat(driver.given).isEmpty();
        assertThat(heap.reserved()).isZero();
    }

    @Test
    void aLargePieceGetsLittleMoreThanItNeeds() {
        heap.allocate(1000 * MIB + 1);
        assertThat(driver.used()).isEqualTo(1002 * MIB);
    }

    @Test
    void theBestFittingGapIsUsed() {
        long wide = heap.allocate(8192);
        heap.allocate(256);
        long narrow = heap.allocate(1024);
        heap.allocate(256);
        heap.free(wide, 8192);
        heap.free(narrow, 1024);
        assertThat(heap.allocate(1000)).isEqualTo(narrow);
        assertThat(heap.allocate(8000)).isEqualTo(wide);
    }

    @Test
    void freeNeighboursAreJoined() {
        long a = heap.allocate(256);
        long b = heap.allocate(256);
        long c = heap.allocate(256);
        heap.allocate(256);
        heap.free(a, 256);
        heap.free(c, 256);
        heap.free(b, 256);
        assertThat(heap.allocate(768)).isEqualTo(a);
    }

    @Test
    void aRefusedAllocationChangesNothing() {
        driver.limit = 64 * MIB;
        long small = heap.allocate(100);
        assertThatThrownBy(() -> heap.allocate(64 * MIB)).hasMessage("full");
        assertThat(heap.reserved()).isEqualTo(32 * MIB);
        heap.free(small, 100);
        assertThat(driver.used()).isZero();
        assertThat(heap.allocate(64 * MIB)).isPositive();
    }

    @Test
    void whatIsNotOfTheHeapIsRefused() {
        heap.allocate(256);
        assertThatThrownBy(() -> heap.free(42, 256)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void piecesNeverOverlapAndAllComeBack(long seed) {
        Random random = new Random(seed);
        List<Piece> pieces = new ArrayList<>();
        for (int i = 0; i < 4_000; i++) {
            if (pieces.isEmpty() || random.nextInt(5) < 3) {
                long bytes = random.nextInt(10) == 0 ? random.nextInt(1 << 26) : random.nextInt(1 << 16);
                pieces.add(new Piece(heap.allocate(bytes), bytes));
            } else {
                Piece piece = pieces.remove(random.nextInt(pieces.size()));
                heap.free(piece.address(), piece.bytes());
            }
            if (i % 500 == 0) {
                requireApart(pieces);
            }
        }
        requireApart(pieces);
        pieces.forEach(piece -> heap.free(piece.address(), piece.bytes()));
        assertThat(driver.given).isEmpty();
    }

    private void requireApart(List<Piece> pieces) {
        List<Piece> sorted = pieces.stream().sorted((a, b) -> Long.compare(a.address(), b.address())).toList();
        long end = 0;
        for (Piece piece : sorted) {
            assertThat(piece.address() % DeviceHeap.ALIGNMENT).isZero();
            assertThat(piece.address()).isGreaterThanOrEqualTo(end);
            end = piece.address() + DeviceHeap.rounded(piece.bytes());
            assertThat(driver.given.entrySet()).anyMatch(chunk -> chunk.getKey() <= piece.address()
                    && piece.address() + piece.bytes() <= chunk.getKey() + chunk.getValue());
        }
    }
}
