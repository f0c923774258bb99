/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** How fast memory can be read: what bandwidths are compared with. */
final class ReadCeiling {
    private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
    private static final int ROUNDS = 12;

    private ReadCeiling() {}

    /**
     * Bytes per second, the best of some rounds.
     *
     * @param threads that read a part each
     */
    static double measure(MemorySegment memory, int threads) throws InterruptedException {
        double best = 0;
        long[] sums = new long[threads];
        long part = memory.byteSize() / threads / LONGS.vectorByteSize() / 4 * LONGS.vectorByteSize() * 4;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            var readers = IntStream.range(0, threads)
                    .mapToObj(i -> Thread.ofPlatform().start(() -> sums[i] = sum(memory, i * part, (i + 1) * part)))
                    .toList();
            for (Thread reader : readers) {
                reader.join();
            }
            best = Math.max(best, 1e9 * part * threads / (System.nanoTime() - start));
        }
        return best;
    }

    private static long sum(MemorySegment memory, long from, long to) {
        int step = LONGS.vectorByteSize();
        LongVector sum0 = LongVector.zero(LONGS);
        LongVector sum1 = LongVector.zero(LONGS);
        for (long i = from; i <= to - 4L * step; i += 4L * step) {
            sum0 = sum0.add(LongVector.fromMemorySegment(LONGS, memory, i, ByteOrder.LITTLE_ENDIAN))
                    .add(LongVector.fromMemorySegment(LONGS, memory, i + step, ByteOrder.LITTLE_ENDIAN));
            sum1 = sum1.add(LongVector.fromMemorySegment(LONGS, memory, i + 2L * step, ByteOrder.LITTLE_ENDIAN))
                    .add(LongVector.fromMemorySegment(LONGS, memory, i + 3L * step, ByteOrder.LITTLE_ENDIAN));
        }
        return sum0.add(sum1).reduceLanes(VectorOperators.ADD);
    }
}
