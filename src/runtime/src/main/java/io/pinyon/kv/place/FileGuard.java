/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.pinyon.error.UsageException;

/**
 * Keeps others away from a file. Other processes are kept away by a lock on an empty file beside it, which the operating
 * system takes off whatever ends this one.
 *
 * <p>The lock is not on the file itself, because POSIX gives a process's lock up when any channel of the file is closed,
 * and an interrupt closes one. For the same reason this process must not even open the lock file twice, so it keeps a
 * list of those that it holds: what it mirrors is a property of the process, too.
 */
final class FileGuard implements AutoCloseable {
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path held;
    private final FileChannel channel;

    private FileGuard(Path held, FileChannel channel) {
        this.held = held;
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws UsageException {@code PIN-KV-FILEBUSY} if somebody has it
     */
    static FileGuard lock(Path path) throws IOException {
        Path real = Files.exists(path)
                ? path.toRealPath()
                : path.toAbsolutePath().resolveSibling(".").toRealPath().resolve(path.getFileName());
        Path held = real.resolveSibling(real.getFileName() + ".lock");
        if (!HELD.add(held)) {
            throw busy(path);
        }
        try {
            return lock(path, held);
        } catch (IOException | RuntimeException | Error e) {
            HELD.remove(held);
            throw e;
        }
    }

    private static FileGuard lock(Path path, Path held) throws IOException {
        FileChannel channel = FileChannel.open(held, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() == null) {
                throw busy(path);
            }
            return new FileGuard(held, channel);
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    private static UsageException busy(Path path) {
        return new UsageException("PIN-KV-FILEBUSY", path + " is in use", "close its user or choose another file");
    }

    /** Gives the lock up. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HELD.remove(held);
        }
    }
}
