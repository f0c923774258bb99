/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A little native memory of each thread, for what the driver returns through pointers and for its parameter structures,
 * so that calls allocate nothing. It lives as long as its thread. Nothing in it is kept from one call to the next.
 */
final class Scratch {
    private static final long OUTPUTS = 64;
    private static final long ALIGNMENT = 64;
    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    private MemorySegment memory = Arena.ofAuto().allocate(4096, ALIGNMENT);

    private Scratch() {}

    /** That of this thread. */
    static Scratch get() {
        return OF_THREAD.get();
    }

    /** Address of a number of 64-bit values that a function may write. */
    long output(int index) {
        return memory.address() + Long.BYTES * index;
    }

    /** A pointer, a handle or a size that a function wrote. */
    long wide(int index) {
        return memory.get(ValueLayout.JAVA_LONG, Long.BYTES * (long) index);
    }

    /** An integer that a function wrote. */
    int integer() {
        return memory.get(ValueLayout.JAVA_INT, 0);
    }

    /** A float32 that a function wrote. */
    float real() {
        return memory.get(ValueLayout.JAVA_FLOAT, 0);
    }

    /** Memory behind the outputs, aligned to 64, of at least so many bytes; what it holds is arbitrary. */
    MemorySegment room(long bytes) {
        if (memory.byteSize() - OUTPUTS < bytes) {
            memory = Arena.ofAuto().allocate(2 * (OUTPUTS + bytes), ALIGNMENT);
        }
        return memory.asSlice(OUTPUTS);
    }
}
