/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

import io.pinyon.error.EngineException;
import org.jspecify.annotations.Nullable;

/** Writes a file whole or not at all: beside its place first, then moved over it in one step. */
public final class AtomicFile {
    private AtomicFile() {}

    /** Produces the bytes. */
    @FunctionalInterface
    public interface Content {
        /**
         * Writes all of them.
         *
         * @param channel a file beside the one to be written; not to be closed
         */
        void writeTo(WritableByteChannel channel) throws IOException;
    }

    /** Creates the temporary file. */
    interface Opener {
        WritableByteChannel create(Path path) throws IOException;
    }

    /**
     * Writes {@code target}. If that fails, or the content throws, an older file is left as it was.
     *
     * @throws EngineException {@code PIN-IO-WRITE} if it cannot be written
     */
    public static void write(Path target, Content content) {
        write(target, content,
                path -> FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
    }

    static void write(Path target, Content content, Opener opener) {
        if (Files.isDirectory(target)) {
            throw failure(target, "it is a directory", null);
        }
        Path part = target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid() + "-"
                + Long.toHexString(System.nanoTime()) + ".part");
        try {
            try (WritableByteChannel channel = opener.create(part)) {
                content.writeTo(channel);
                if (channel instanceof FileChannel file) {
                    file.force(true);
                }
            }
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            EngineException failure = failure(target, String.valueOf(e.getMessage()), e);
            discard(part, failure);
            throw failure;
        } catch (RuntimeException | Error e) {
            discard(part, e);
            throw e;
        }
    }

    private static void discard(Path part, Throwable failure) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private static EngineException failure(Path target, String why, @Nullable IOException cause) {
        String problem = target + " cannot be written: " + why;
        String remedy = "free some space or choose another place";
        return cause == null
                ? new EngineException("PIN-IO-WRITE", problem, remedy)
                : new EngineException("PIN-IO-WRITE", problem, remedy, cause);
    }
}
