/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;

/** A whole file mapped read-only, of any size. Nothing is read before it is touched. */
final class MappedFile implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final MemorySegment bytes;

    private MappedFile(Path path, Arena arena, MemorySegment bytes) {
        this.path = path;
        this.arena = arena;
        this.bytes = bytes;
    }

    /**
     * Maps a file.
     *
     * @throws ModelFileException {@code PIN-FILE-MISSING}, {@code PIN-FILE-DIRECTORY}, {@code PIN-FILE-UNREADABLE} or
     *         {@code PIN-FILE-EMPTY}
     */
    @SuppressWarnings("MustBeClosedChecker") // the mapped file owns the arena
    static MappedFile open(Path path) {
        requireRegular(path);
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size == 0) {
                throw new ModelFileException("PIN-FILE-EMPTY", path + " is empty", "fetch the file again");
            }
            return new MappedFile(path, arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena));
        } catch (AccessDeniedException e) {
            arena.close();
            throw unreadable(path, "permission denied", e);
        } catch (IOException e) {
            arena.close();
            throw unreadable(path, String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Refuses what cannot be mapped; a pipe, for one, would block the caller for ever. */
    private static void requireRegular(Path path) {
        if (Files.isDirectory(path)) {
            throw new ModelFileException("PIN-FILE-DIRECTORY", path + " is a directory, not a file",
                    "name the file inside it");
        }
        if (!Files.exists(path)) {
            throw new ModelFileException("PIN-FILE-MISSING", path + " does not exist", "check the path");
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelFileException("PIN-FILE-UNREADABLE", path + " is not a regular file",
                    "copy its content to a file");
        }
    }

    private static ModelFileException unreadable(Path path, String why, IOException cause) {
        return new ModelFileException("PIN-FILE-UNREADABLE", path + " cannot be read: " + why,
                "check its permissions and the disk", cause);
    }

    Path path() {
        return path;
    }

    /**
     * The content.
     *
     * @throws UsageException {@code PIN-FORMAT-CLOSED} after {@link #close}
     */
    MemorySegment bytes() {
        requireOpen();
        return bytes;
    }

    void requireOpen() {
        if (!arena.scope().isAlive()) {
            throw new UsageException("PIN-FORMAT-CLOSED", path + " is closed", "use tensors before closing their file");
        }
    }

    long size() {
        return bytes.byteSize();
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
