/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import java.lang.foreign.MemorySegment;

import io.pinyon.cuda.driver.LaunchShape;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * Launches kernels. The parameters go to the driver as one block of memory (the {@code extra} argument of
 * {@code cuLaunchKernel}), not as an array of pointers to each, so that nothing needs to know how many there are.
 */
final class Launches {
    private static final long PARAM_END = 0;
    private static final long PARAM_BUFFER_POINTER = 1;
    private static final long PARAM_BUFFER_SIZE = 2;
    private static final int ATTRIBUTE_CLUSTER_DIMENSION = 4;
    private static final int ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION = 6;

    // What lies where in the scratch memory: the list "extra", the size it points to, a CUlaunchConfig, up to two
    // CUlaunchAttribute, and a copy of the parameters, which may have been on the heap or in an arena about to close.
    private static final long EXTRA = 0;
    private static final long SIZE = 40;
    private static final long CONFIG = 48;
    private static final long ATTRIBUTES = 104;
    private static final long ATTRIBUTE_BYTES = 72;
    private static final long PARAMETERS = 256;

    private final Downcalls calls;

    Launches(Downcalls calls) {
        this.calls = calls;
    }

    void launch(long function, LaunchShape shape, long stream, MemorySegment arguments) {
        MemorySegment room = Scratch.get().room(PARAMETERS + arguments.byteSize());
        long extra = arguments.byteSize() == 0 ? 0 : extra(room, arguments);
        if (shape.hasAttributes()) {
            calls.run(Call.LAUNCH_EXTENDED, config(room, shape, stream), function, 0L, extra);
        } else {
            calls.run(Call.LAUNCH, function, shape, stream, extra);
        }
    }

    private static long extra(MemorySegment room, MemorySegment arguments) {
        MemorySegment.copy(arguments, 0, room, PARAMETERS, arguments.byteSize());
        room.set(JAVA_LONG, SIZE, arguments.byteSize());
        room.set(JAVA_LONG, EXTRA, PARAM_BUFFER_POINTER);
        room.set(JAVA_LONG, EXTRA + 8, room.address() + PARAMETERS);
        room.set(JAVA_LONG, EXTRA + 16, PARAM_BUFFER_SIZE);
        room.set(JAVA_LONG, EXTRA + 24, room.address() + SIZE);
        room.set(JAVA_LONG, EXTRA + 32, PARAM_END);
        return room.address() + EXTRA;
    }

    private static long config(MemorySegment room, LaunchShape shape, long stream) {
        int attributes = 0;
        if (shape.clusterX() > 1) {
            long at = attribute(room, attributes++, ATTRIBUTE_CLUSTER_DIMENSION);
            room.set(JAVA_INT, at, shape.clusterX());
            room.set(JAVA_INT, at + 4, 1);
            room.set(JAVA_INT, at + 8, 1);
        }
        if (shape.overlapping()) {
            long at = attribute(room, attributes++, ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION);
            room.set(JAVA_INT, at, 1);
        }
        room.set(JAVA_INT, CONFIG, shape.gridX());
        room.set(JAVA_INT, CONFIG + 4, shape.gridY());
        room.set(JAVA_INT, CONFIG + 8, shape.gridZ());
        room.set(JAVA_INT, CONFIG + 12, shape.blockX());
        room.set(JAVA_INT, CONFIG + 16, shape.blockY());
        room.set(JAVA_INT, CONFIG + 20, shape.blockZ());
        room.set(JAVA_INT, CONFIG + 24, shape.sharedBytes());
        room.set(JAVA_LONG, CONFIG + 32, stream);
        room.set(JAVA_LONG, CONFIG + 40, room.address() + ATTRIBUTES);
        room.set(JAVA_INT, CONFIG + 48, attributes);
        return room.address() + CONFIG;
    }

    /** Begins an attribute and returns where its value lies. */
    private static long attribute(MemorySegment room, int index, int id) {
        long at = ATTRIBUTES + index * ATTRIBUTE_BYTES;
        room.asSlice(at, ATTRIBUTE_BYTES).fill((byte) 0);
        room.set(JAVA_INT, at, id);
        return at + 8;
    }
}
