/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that stays open when threads are interrupted: an interrupt closes the channel of whoever reads or writes, for
 * everybody, so it is opened again, and the thread stays interrupted.
 */
final class SteadyFile implements AutoCloseable {
    /** Opens files. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path, OpenOption... options) throws IOException;
    }

    @FunctionalInterface
    private interface Action {
        int on(FileChannel channel) throws IOException;
    }

    private final Path path;
    private final Opener opener;
    private FileChannel channel;
    private ByteBuffer head = ByteBuffer.allocate(0);
    private boolean open = true;

    /** Creates the file if it is not there. */
    SteadyFile(Path path, Opener opener) throws IOException {
        this.path = path;
        this.opener = opener;
        this.channel = opener.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /** From now on, a file that is opened again has to start like this. */
    synchronized void expectHead(ByteBuffer bytes) {
        head = bytes.asReadOnlyBuffer();
    }

    long size() throws IOException {
        long[] size = new long[1];
        steadily(present -> {
            size[0] = present.size();
            return 0;
        });
        return size[0];
    }

    /** Cuts the file. */
    void truncate(long size) throws IOException {
        steadily(present -> {
            present.truncate(size);
            return 0;
        });
    }

    /** Fills the rest of the target. */
    void read(ByteBuffer target, long offset) throws IOException {
        long at = offset;
        while (target.hasRemaining()) {
            long from = at;
            int count = steadily(present -> present.read(target, from));
            if (count < 0) {
                throw new EOFException("the file ends at " + at);
            }
            at += count;
        }
    }

    /** Writes the rest of the source. */
    void write(ByteBuffer source, long offset) throws IOException {
        long at = offset;
        while (source.hasRemaining()) {
            long to = at;
            at += steadily(present -> present.write(source, to));
        }
    }

    private int steadily(Action action) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel present = channel();
                try {
                    return action.on(present);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    replace(present, e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized FileChannel channel() {
        return channel;
    }

    private synchronized void replace(FileChannel dead, ClosedChannelException why) throws IOException {
        if (!open) {
            throw why;
        }
        if (channel.equals(dead)) {
            FileChannel fresh = opener.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                requireHead(fresh);
                channel = fresh;
            } catch (ClosedChannelException e) {
                channel = fresh; // interrupted again: the caller comes back
            } catch (IOException | RuntimeException | Error e) {
                fresh.close();
                throw e;
            }
        }
    }

    private void requireHead(FileChannel fresh) throws IOException {
        ByteBuffer found = ByteBuffer.allocate(head.remaining());
        while (found.hasRemaining()) {
            if (fresh.read(found, found.position()) < 0) {
                break;
            }
        }
        if (!found.flip().equals(head)) {
            throw new IOException("another file has taken its place");
        }
    }

    @Override
    public synchronized void close() throws IOException {
        open = false;
        channel.close();
    }
}
