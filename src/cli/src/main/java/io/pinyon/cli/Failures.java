/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import io.pinyon.error.DeviceException;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.PinyonException;
import io.pinyon.error.UsageException;

/** Turns whatever ended a command into one line and an exit status. */
final class Failures {
    static final int OK = 0;
    static final int OTHER = 1;
    static final int USAGE = 2;
    static final int FILE = 3;
    static final int MEMORY = 4;
    static final int DEVICE = 5;

    private Failures() {}

    /** The error as users see it: one with a code. */
    static PinyonException coded(Throwable error) {
        return switch (error) {
            case PinyonException known -> known;
            case OutOfMemoryError full -> new MemoryException("PIN-MEMORY-HEAP",
                    "the Java heap is full: " + full.getMessage() + ", most it may hold "
                            + io.pinyon.memory.Bytes.format(Runtime.getRuntime().maxMemory()),
                    "raise it with PINYON_JAVA_OPTS=-Xmx..., or use a smaller context", full);
            default -> new EngineException("PIN-INTERNAL", "unexpected " + error,
                    "run again with --debug and report the stack trace", error);
        };
    }

    static int exitStatus(PinyonException error) {
        return switch (error) {
            case UsageException _ -> USAGE;
            case ModelFileException _ -> FILE;
            case MemoryException _ -> MEMORY;
            case DeviceException _ -> DEVICE;
            case EngineException _ -> OTHER;
        };
    }

    /** {@code pinyon: PIN-CODE: what is wrong; what to do}, without line breaks. */
    static String line(PinyonException error) {
        return "pinyon: " + String.valueOf(error.getMessage()).replaceAll("\\s*\\R\\s*", " ");
    }
}
