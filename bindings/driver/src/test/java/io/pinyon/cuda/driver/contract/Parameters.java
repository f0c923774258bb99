/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Lays values out as a C structure of them would lie. */
final class Parameters {
    private static final int STRUCTURE_ALIGNMENT = 16;

    private Parameters() {}

    static MemorySegment pack(Arena arena, Object... values) {
        MemorySegment memory = arena.allocate(4096, STRUCTURE_ALIGNMENT);
        long size = 0;
        for (Object value : values) {
            long at = aligned(size, value);
            size = at + put(memory, at, value);
        }
        return memory.asSlice(0, size);
    }

    private static long aligned(long size, Object value) {
        int alignment = switch (value) {
            case Byte _ -> 1;
            case Short _ -> 2;
            case Integer _ -> 4;
            case Float _ -> 4;
            case byte[] _ -> STRUCTURE_ALIGNMENT;
            default -> 8;
        };
        return (size + alignment - 1) / alignment * alignment;
    }

    private static long put(MemorySegment memory, long at, Object value) {
        switch (value) {
            case Byte b -> memory.set(ValueLayout.JAVA_BYTE, at, b);
            case Short s -> memory.set(ValueLayout.JAVA_SHORT, at, s);
            case Integer i -> memory.set(ValueLayout.JAVA_INT, at, i);
            case Float f -> memory.set(ValueLayout.JAVA_FLOAT, at, f);
            case Double d -> memory.set(ValueLayout.JAVA_DOUBLE, at, d);
            case Long l -> memory.set(ValueLayout.JAVA_LONG, at, l);
            case byte[] bytes -> MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at, bytes.length);
            default -> throw new IllegalArgumentException("no kernel parameter: " + value);
        }
        return switch (value) {
            case Byte _ -> 1;
            case Short _ -> 2;
            case Integer _,Float _ -> 4;
            case byte[] bytes -> bytes.length;
            default -> 8;
        };
    }
}
