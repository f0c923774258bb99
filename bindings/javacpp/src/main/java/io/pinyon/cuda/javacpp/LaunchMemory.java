/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import io.pinyon.cuda.driver.LaunchShape;

/**
 * Native memory of one thread for what a launch takes by address: the array {@code extra}, and CUlaunchConfig with two
 * CUlaunchAttributes (CUDA driver API reference, {@code cuLaunchKernel} and {@code cuLaunchKernelEx}).
 */
final class LaunchMemory {
    private static final long BUFFER_POINTER = 1;
    private static final long BUFFER_SIZE = 2;
    private static final long END = 0;
    private static final int CLUSTER_DIMENSION = 4;
    private static final int PROGRAMMATIC_SERIALIZATION = 6;

    private static final long EXTRA = 0;
    private static final long SIZE = EXTRA + 5 * 8;
    private static final long CONFIG = SIZE + 8;
    private static final long CONFIG_STREAM = CONFIG + 32;
    private static final long CONFIG_ATTRIBUTES = CONFIG + 40;
    private static final long CONFIG_COUNT = CONFIG + 48;
    private static final long ATTRIBUTES = CONFIG + 56;
    private static final long ATTRIBUTE_VALUE = 8;
    private static final long ATTRIBUTE_BYTES = 72;

    private final MemorySegment memory = Arena.ofAuto().allocate(ATTRIBUTES + 2 * ATTRIBUTE_BYTES, 16);

    LaunchMemory() {
        pointer(EXTRA, BUFFER_POINTER);
        pointer(EXTRA + 16, BUFFER_SIZE);
        pointer(EXTRA + 24, memory.address() + SIZE);
        pointer(EXTRA + 32, END);
        pointer(CONFIG_ATTRIBUTES, memory.address() + ATTRIBUTES);
    }

    /** Names a buffer of arguments; the address of the array that the driver takes. */
    long extra(long arguments, long bytes) {
        pointer(EXTRA + 8, arguments);
        pointer(SIZE, bytes);
        return memory.address() + EXTRA;
    }

    /** Writes a shape that has attributes; the address of the structure that the driver takes. */
    long config(LaunchShape shape, long stream) {
        number(CONFIG, shape.gridX());
        number(CONFIG + 4, shape.gridY());
        number(CONFIG + 8, shape.gridZ());
        number(CONFIG + 12, shape.blockX());
        number(CONFIG + 16, shape.blockY());
        number(CONFIG + 20, shape.blockZ());
        number(CONFIG + 24, shape.sharedBytes());
        pointer(CONFIG_STREAM, stream);
        int count = 0;
        if (shape.clusterX() > 1) {
            attribute(count++, CLUSTER_DIMENSION, shape.clusterX(), 1, 1);
        }
        if (shape.overlapping()) {
            attribute(count++, PROGRAMMATIC_SERIALIZATION, 1, 0, 0);
        }
        number(CONFIG_COUNT, count);
        return memory.address() + CONFIG;
    }

    private void attribute(int index, int id, int first, int second, int third) {
        long at = ATTRIBUTES + index * ATTRIBUTE_BYTES;
        number(at, id);
        number(at + ATTRIBUTE_VALUE, first);
        number(at + ATTRIBUTE_VALUE + 4, second);
        number(at + ATTRIBUTE_VALUE + 8, third);
    }

    private void pointer(long offset, long value) {
        memory.set(ValueLayout.JAVA_LONG, offset, value);
    }

    private void number(long offset, int value) {
        memory.set(ValueLayout.JAVA_INT, offset, value);
    }
}
