/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import java.lang.foreign.MemorySegment;

/** Host memory as addresses. */
final class HostMemory {
    private HostMemory() {}

    /**
     * The address of native memory.
     *
     * @throws IllegalArgumentException if it lies on the Java heap
     * @throws IllegalStateException if it was freed
     */
    static long address(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("memory on the Java heap has no address: " + memory);
        }
        if (!memory.scope().isAlive()) {
            throw new IllegalStateException("the memory was freed: " + memory);
        }
        return memory.address();
    }

    /**
     * The address of native memory that may be written.
     *
     * @throws IllegalArgumentException if it lies on the Java heap or is read-only
     * @throws IllegalStateException if it was freed
     */
    static long writable(MemorySegment memory) {
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException("the memory is read-only: " + memory);
        }
        return address(memory);
    }

    /** Memory that the driver has allocated; its size is known to nobody but the caller. */
    @SuppressWarnings("restricted")
    static MemorySegment at(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }
}
