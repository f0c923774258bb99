/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Builds a kernel's parameters as a C structure of them would lie; used again and again, by one thread at a time. */
final class Arguments {
    private static final long CAPACITY = 4096;

    private final MemorySegment memory;
    private long size;

    Arguments(Arena arena) {
        memory = arena.allocate(CAPACITY, 64);
    }

    /** Forgets what it holds. */
    Arguments clear() {
        size = 0;
        return this;
    }

    /** A device address. */
    Arguments pointer(long address) {
        memory.set(ValueLayout.JAVA_LONG, at(8), address);
        return this;
    }

    /** The first value of a matrix. */
    Arguments pointer(CudaTensor tensor) {
        return pointer(tensor.address());
    }

    /** The first value of a vector. */
    Arguments pointer(CudaInts ints) {
        return pointer(ints.address());
    }

    /** A 64-bit integer. */
    Arguments wide(long value) {
        memory.set(ValueLayout.JAVA_LONG, at(8), value);
        return this;
    }

    /** A 32-bit integer. */
    Arguments integer(int value) {
        memory.set(ValueLayout.JAVA_INT, at(4), value);
        return this;
    }

    /** A float32. */
    Arguments real(float value) {
        memory.set(ValueLayout.JAVA_FLOAT, at(4), value);
        return this;
    }

    /** A structure that is passed by value; its size is a multiple of its alignment. */
    Arguments bytes(MemorySegment value, int alignment) {
        size = (size + alignment - 1) / alignment * alignment;
        MemorySegment.copy(value, 0, memory, size, value.byteSize());
        size += value.byteSize();
        return this;
    }

    /** What was built. */
    MemorySegment segment() {
        return memory.asSlice(0, size);
    }

    private long at(int bytes) {
        long offset = (size + bytes - 1) / bytes * bytes;
        size = offset + bytes;
        return offset;
    }
}
