/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.invoke.MethodHandle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * Method handles of the signatures that the driver's functions have, without the address of a function, which is their
 * first argument. Each is a constant of a class of its own: so it is made when first needed, and the compiler still sees
 * through it.
 *
 * <p>Handles, device addresses and pointers to {@link Scratch} are passed as 64-bit integers, which every calling
 * convention of a 64-bit platform passes as it does pointers, and which need no object. Memory of callers is passed as a
 * segment, so that it is refused if it is on the heap or freed, and cannot be freed during the call.
 */
@SuppressWarnings("restricted") // calling native functions is what this module is for
final class Signatures {
    private Signatures() {}

    private static MethodHandle handle(MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, parameters));
    }

    /**
     * A call that leaves the thread in Java's hands, which saves 10 ns of 60. No garbage collection can begin until it
     * returns, so it is for functions that look up a value and neither wait nor take a lock of the driver: version, names
     * of errors, the current context.
     */
    private static MethodHandle critical(MemoryLayout... parameters) {
        return Linker.nativeLinker().downcallHandle(FunctionDescriptor.of(JAVA_INT, parameters),
                Linker.Option.critical(false));
    }

    static final class Nothing {
        static final MethodHandle HANDLE = handle();

        private Nothing() {}
    }

    static final class OneInt {
        static final MethodHandle HANDLE = handle(JAVA_INT);

        private OneInt() {}
    }

    static final class OneLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG);

        private OneLong() {}
    }

    static final class OneMemory {
        static final MethodHandle HANDLE = handle(ADDRESS);

        private OneMemory() {}
    }

    static final class LongInt {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_INT);

        private LongInt() {}
    }

    static final class LongLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_LONG);

        private LongLong() {}
    }

    static final class LongMemory {
        static final MethodHandle HANDLE = handle(JAVA_LONG, ADDRESS);

        private LongMemory() {}
    }

    static final class LongIntInt {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_INT, JAVA_INT);

        private LongIntInt() {}
    }

    static final class LongIntLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_INT, JAVA_LONG);

        private LongIntLong() {}
    }

    static final class LongLongInt {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_LONG, JAVA_INT);

        private LongLongInt() {}
    }

    static final class LongLongLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_LONG, JAVA_LONG);

        private LongLongLong() {}
    }

    static final class LongLongMemory {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_LONG, ADDRESS);

        private LongLongMemory() {}
    }

    static final class LongMemoryInt {
        static final MethodHandle HANDLE = handle(JAVA_LONG, ADDRESS, JAVA_INT);

        private LongMemoryInt() {}
    }

    static final class LongMemoryLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG, ADDRESS, JAVA_LONG);

        private LongMemoryLong() {}
    }

    static final class MemoryLongLong {
        static final MethodHandle HANDLE = handle(ADDRESS, JAVA_LONG, JAVA_LONG);

        private MemoryLongLong() {}
    }

    static final class MemoryLongInt {
        static final MethodHandle HANDLE = handle(ADDRESS, JAVA_LONG, JAVA_INT);

        private MemoryLongInt() {}
    }

    static final class LongIntLongLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);

        private LongIntLongLong() {}
    }

    static final class LongLongIntLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);

        private LongLongIntLong() {}
    }

    static final class LongMemoryLongLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);

        private LongMemoryLongLong() {}
    }

    static final class MemoryLongLongLong {
        static final MethodHandle HANDLE = handle(ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);

        private MemoryLongLongLong() {}
    }

    static final class LongLongLongLong {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

        private LongLongLongLong() {}
    }

    static final class CriticalLong {
        static final MethodHandle HANDLE = critical(JAVA_LONG);

        private CriticalLong() {}
    }

    static final class CriticalIntLong {
        static final MethodHandle HANDLE = critical(JAVA_INT, JAVA_LONG);

        private CriticalIntLong() {}
    }

    static final class Batch {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG, JAVA_LONG);

        private Batch() {}
    }

    static final class IndexedBatch {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG, JAVA_LONG, JAVA_LONG);

        private IndexedBatch() {}
    }

    static final class Launch {
        static final MethodHandle HANDLE = handle(JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT,
                JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);

        private Launch() {}
    }

    static final class TensorMap {
        static final MethodHandle HANDLE = handle(ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);

        private TensorMap() {}
    }
}
