/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

import io.pinyon.error.EngineException;

/**
 * Writes a float32 matrix in NumPy's file format, version 1.0, row by row. The file appears under its name when it is
 * complete: until {@link #finish()} it is a temporary one beside it, and {@link #close()} without it leaves nothing.
 */
final class NpyFile implements AutoCloseable {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;

    private final Path target;
    private final Path temporary;
    private final FileChannel channel;
    private final long rows;
    private final int columns;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 18).order(ByteOrder.LITTLE_ENDIAN);
    private long written;

    private NpyFile(Path target, Path temporary, FileChannel channel, long rows, int columns) {
        this.target = target;
        this.temporary = temporary;
        this.channel = channel;
        this.rows = rows;
        this.columns = columns;
    }

    /**
     * Begins a file.
     *
     * @throws EngineException {@code PIN-IO-WRITE} if it cannot be created
     */
    static NpyFile create(Path target, long rows, int columns) {
        try {
            if (Files.isDirectory(target)) {
                throw new IOException("it is a directory");
            }
            Path absolute = target.toAbsolutePath();
            Path temporary = Files.createTempFile(absolute.getParent(), absolute.getFileName().toString(), ".part");
            var file = new NpyFile(target, temporary, FileChannel.open(temporary, StandardOpenOption.WRITE), rows,
                    columns);
            file.header();
            return file;
        } catch (IOException e) {
            throw failure(target, e);
        }
    }

    /**
     * Writes rows behind those before.
     *
     * @param values at least {@code count} rows of all columns
     */
    void append(float[] values, int count) {
        int end = Math.multiplyExact(count, columns);
        try {
            for (int i = 0; i < end;) {
                int part = Math.min(end - i, buffer.capacity() / Float.BYTES);
                buffer.clear();
                buffer.asFloatBuffer().put(values, i, part);
                writeFully(buffer.limit(part * Float.BYTES));
                i += part;
            }
        } catch (IOException e) {
            throw failure(target, e);
        }
        written += count;
    }

    /**
     * Gives the file its name.
     *
     * @throws EngineException {@code PIN-IO-WRITE}
     * @throws IllegalStateException if rows are missing
     */
    void finish() {
        if (written != rows) {
            throw new IllegalStateException(written + " of " + rows + " rows");
        }
        try {
            channel.close();
            Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failure(target, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            throw failure(target, e);
        }
    }

    private void header() throws IOException {
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + rows + ", " + columns + "), }";
        int unpadded = MAGIC.length + Short.BYTES + text.length() + 1;
        String padded = text + " ".repeat(Math.ceilDiv(unpadded, ALIGNMENT) * ALIGNMENT - unpadded) + "\n";
        buffer.clear();
        buffer.put(MAGIC).putShort((short) padded.length()).put(padded.getBytes(StandardCharsets.US_ASCII));
        writeFully(buffer.flip());
    }

    private void writeFully(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static EngineException failure(Path target, IOException e) {
        return new EngineException("PIN-IO-WRITE", "file " + target + " cannot be written: " + e,
                "check the folder, its permissions and the free space", e);
    }
}
