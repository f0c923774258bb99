/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvView;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import io.pinyon.kv.Fingerprint;
import io.pinyon.kv.KvCache;

/**
 * A file that {@link SnapshotWriter} wrote, opened to fill a cache from it. What its head says has been compared with its
 * checksums and with the size of the file; pages are compared with theirs when they are read.
 */
public final class SnapshotFile implements AutoCloseable {
    private final Path path;
    private final FileChannel channel;
    private final SnapshotHead head;
    private final Blocks blocks;
    private final long bytes;

    private SnapshotFile(Path path, FileChannel channel, SnapshotHead head, int headBytes, long bytes) {
        this.path = path;
        this.channel = channel;
        this.head = head;
        this.blocks = new Blocks(headBytes, head.layers(), head.committed());
        this.bytes = bytes;
    }

    /**
     * Opens a file and reads its head.
     *
     * @throws ModelFileException {@code PIN-FILE-MISSING}, {@code PIN-FILE-DIRECTORY} or {@code PIN-FILE-UNREADABLE};
     *     {@code PIN-SNAPSHOT-FORMAT} if it is no snapshot, {@code PIN-SNAPSHOT-VERSION} if it is one of a version that
     *     is not read, {@code PIN-SNAPSHOT-CORRUPT} if it is cut short or damaged
     */
    public static SnapshotFile open(Path path) {
        requireRegular(path);
        try {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                ByteBuffer bytes = head(path, channel);
                return new SnapshotFile(path, channel, HeadCodec.decode(path, bytes), bytes.capacity(),
                        channel.size());
            } catch (IOException | RuntimeException | Error e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw failure(path, e);
        }
    }

    private static void requireRegular(Path path) {
        if (Files.isDirectory(path)) {
            throw new ModelFileException("PIN-FILE-DIRECTORY", path + " is a directory, not a snapshot",
                    "name the file inside it");
        }
        if (!Files.exists(path)) {
            throw new ModelFileException("PIN-FILE-MISSING", "there is no snapshot " + path, "check the path");
        }
        if (!Files.isRegularFile(path)) {
            throw new ModelFileException("PIN-FILE-UNREADABLE", path + " is not a regular file",
                    "copy its content to a file");
        }
    }

    /** All bytes of the head, of which the prelude is known to be right. */
    private static ByteBuffer head(Path path, FileChannel channel) throws IOException {
        long size = channel.size();
        byte[] magic = SnapshotFormat.magic();
        ByteBuffer prelude = ByteBuffer.allocate(SnapshotFormat.PRELUDE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Staging.read(channel, prelude.limit((int) Math.min(size, prelude.capacity())), 0);
        if (size < magic.length || !Arrays.equals(magic, Arrays.copyOf(prelude.array(), magic.length))) {
            throw new ModelFileException("PIN-SNAPSHOT-FORMAT", path + " is not a snapshot of a session",
                    "name a file that was saved as one");
        }
        if (size < prelude.capacity()) {
            throw SnapshotFormat.corrupt(path, "it ends after " + size + " bytes");
        }
        prelude.clear();
        int version = prelude.getInt(8);
        if (version != SnapshotFormat.VERSION) {
            throw new ModelFileException("PIN-SNAPSHOT-VERSION",
                    "snapshot " + path + " has version " + Integer.toUnsignedString(version)
                            + ", and this program reads version " + SnapshotFormat.VERSION,
                    "open it with the version of Pinyon that wrote it, or compute the session again");
        }
        if (SnapshotFormat.checksum(prelude.duplicate().limit(SnapshotFormat.PRELUDE_CHECKED)) != prelude
                .getInt(SnapshotFormat.PRELUDE_CHECKED)) {
            throw SnapshotFormat.corrupt(path, "the checksum of its first bytes differs");
        }
        return head(path, channel, prelude.getInt(12), prelude.getLong(16));
    }

    private static ByteBuffer head(Path path, FileChannel channel, int headBytes, long fileBytes) throws IOException {
        long size = channel.size();
        if (size != fileBytes) {
            throw SnapshotFormat.corrupt(path, "it has " + size + " bytes of " + fileBytes);
        }
        if (headBytes < SnapshotFormat.ALIGNMENT || headBytes % SnapshotFormat.ALIGNMENT != 0
                || headBytes > Math.min(size, SnapshotFormat.MAX_HEAD_BYTES)) {
            throw SnapshotFormat.corrupt(path, "its head cannot have " + headBytes + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(headBytes);
        Staging.read(channel, bytes, 0);
        return bytes;
    }

    /** What the snapshot says before the bytes of its pages. */
    public SnapshotHead head() {
        return head;
    }

    /** Bytes of the file. */
    public long bytes() {
        return bytes;
    }

    /**
     * Checks whose keys and values these are.
     *
     * @param fingerprint of the model that is to continue
     * @param name what people call it
     * @throws ModelFileException {@code PIN-SNAPSHOT-MODEL} if another model computed them
     */
    public void requireModel(Fingerprint fingerprint, String name) {
        if (!fingerprint.equals(head.model())) {
            throw new ModelFileException("PIN-SNAPSHOT-MODEL",
                    "snapshot " + path + " is of the model " + describe(head.modelName(), head.model())
                            + ", not of " + describe(name, fingerprint),
                    "load the model file that it was saved with");
        }
    }

    private static String describe(String name, Fingerprint fingerprint) {
        return (name.isEmpty() ? "without a name" : "'" + name + "'") + " (" + fingerprint.brief() + ")";
    }

    /**
     * Checks what a damaged file could still say after its checksums were made to fit.
     *
     * @param layouts what the model's pages look like in the snapshot's codec
     * @param vocabularySize number of token ids
     * @throws ModelFileException {@code PIN-SNAPSHOT-CORRUPT}
     */
    public void requireFit(List<KvLayout> layouts, int vocabularySize) {
        if (!head.layers().equals(LayerLayout.of(layouts))) {
            throw SnapshotFormat.corrupt(path, "the layout of its pages is not that of " + head.codec());
        }
        for (int token : head.tokens()) {
            if (token < 0 || token >= vocabularySize) {
                throw SnapshotFormat.corrupt(path, "it has the token " + token + " of " + vocabularySize);
            }
        }
        if (blocks.end() != bytes) {
            throw SnapshotFormat.corrupt(path, "it has " + bytes + " bytes, and its pages end at " + blocks.end());
        }
    }

    /**
     * Fills a cache. Memory is needed for its pages, which may go to other tiers while the next ones come, and for one page
     * more.
     *
     * @param cache with the layouts that {@link #requireFit} was given and room for all committed tokens. It is empty or has
     *     the first of them, as many as fill a number of the largest pages; if this fails it has those that were read before
     * @param device where its pages are
     * @param exclusion taken for a block of pages at a time
     * @throws ModelFileException {@code PIN-SNAPSHOT-CORRUPT} if a page is not what was written,
     *     {@code PIN-FILE-UNREADABLE} if the file cannot be read
     * @throws UsageException {@code PIN-KV-CONTEXT} if there is no room in the cache
     * @throws io.pinyon.error.MemoryException if the pages do not fit
     */
    public void restore(KvCache cache, Device device, Exclusion exclusion) {
        try (Staging staging = new Staging(device.memory(), blocks.largestPage())) {
            for (int block = cache.length() / blocks.blockEntries(); block < blocks.count(); block++) {
                int next = block;
                // no page may leave the device's own memory between its reservation and its write
                exclusion.run(() -> restore(cache, device, next, staging));
            }
        } catch (UncheckedIOException e) {
            throw failure(path, e.getCause());
        }
    }

    private void restore(KvCache cache, Device device, int block, Staging staging) {
        cache.reserve(blocks.entriesOf(block));
        try {
            long at = blocks.offset(block);
            ByteBuffer checksums = checksums(block);
            for (int layer = 0; layer < blocks.layers().size(); layer++) {
                KvView view = cache.view(layer);
                int first = blocks.firstPage(block, layer);
                for (int i = 0; i < blocks.pages(block, layer); i++) {
                    MemorySegment page = staging.page(view.layout().pageBytes());
                    Staging.read(channel, page, at);
                    if (Staging.checksum(page) != checksums.getInt()) {
                        throw SnapshotFormat.corrupt(path,
                                "the checksum of page " + (first + i) + " of layer " + layer + " differs");
                    }
                    device.write(view.pages().get(first + i), page);
                    at += page.byteSize();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cache.commit(blocks.entriesOf(block));
    }

    /** The checksums of a block's pages; what pads them is zero. */
    private ByteBuffer checksums(int block) throws IOException {
        long pageBytes = blocks.pageBytes(block);
        ByteBuffer trailer = ByteBuffer.allocate((int) (blocks.bytes(block) - pageBytes))
                .order(ByteOrder.LITTLE_ENDIAN);
        Staging.read(channel, trailer, blocks.offset(block) + pageBytes);
        for (int i = Integer.BYTES * blocks.pages(block); i < trailer.capacity(); i++) {
            if (trailer.get(i) != 0) {
                throw SnapshotFormat.corrupt(path, "there is something between its blocks");
            }
        }
        return trailer.clear();
    }

    private static ModelFileException failure(Path path, IOException e) {
        return e instanceof EOFException
                ? SnapshotFormat.corrupt(path, String.valueOf(e.getMessage()))
                : new ModelFileException("PIN-FILE-UNREADABLE",
                        "snapshot " + path + " cannot be read: " + e.getMessage(),
                        "check its permissions and the disk", e);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException _) {
            // nothing was written, so nothing is lost; and what was restored is whole
            return;
        }
    }
}
