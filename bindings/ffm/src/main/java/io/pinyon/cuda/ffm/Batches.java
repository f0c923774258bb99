/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** Many copies by one call. */
final class Batches {
    private static final int SOURCE_READ_IN_STREAM_ORDER = 1;
    private static final long ATTRIBUTES_BYTES = 24;

    private Batches() {}

    static void copy(Downcalls calls, long[] targets, long[] sources, long[] bytes, long stream) {
        int count = targets.length;
        if (sources.length != count || bytes.length != count) {
            throw new IllegalArgumentException("a batch of " + count + " targets, " + sources.length + " sources and "
                    + bytes.length + " sizes");
        }
        boolean indexed = !calls.has(Call.COPY_BATCH) && calls.has(Call.COPY_BATCH_INDEXED);
        if (count == 0) {
            return;
        }
        long array = (long) Long.BYTES * count;
        MemorySegment room = Scratch.get().room(3 * array + Long.BYTES + ATTRIBUTES_BYTES);
        MemorySegment.copy(targets, 0, room, JAVA_LONG, 0, count);
        MemorySegment.copy(sources, 0, room, JAVA_LONG, array, count);
        MemorySegment.copy(bytes, 0, room, JAVA_LONG, 2 * array, count);
        // one CUmemcpyAttributes for all copies: the list of first indices that it applies to is {0}
        long firsts = 3 * array;
        room.set(JAVA_LONG, firsts, 0);
        long attributes = firsts + Long.BYTES;
        room.asSlice(attributes, ATTRIBUTES_BYTES).fill((byte) 0);
        room.set(JAVA_INT, attributes, SOURCE_READ_IN_STREAM_ORDER);
        long base = room.address();
        if (indexed) {
            calls.run(Call.COPY_BATCH_INDEXED, base, base + array, base + 2 * array, count, base + attributes,
                    base + firsts, 1, Scratch.get().output(0), stream);
        } else {
            calls.run(Call.COPY_BATCH, base, base + array, base + 2 * array, count, base + attributes, base + firsts, 1,
                    stream);
        }
    }
}
