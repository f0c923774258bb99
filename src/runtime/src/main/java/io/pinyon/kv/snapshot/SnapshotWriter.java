/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;
import io.pinyon.error.UsageException;
import io.pinyon.format.AtomicFile;
import io.pinyon.kv.KvCache;

/** Writes a cache and its tokens to a file, page by page. */
public final class SnapshotWriter {
    private final KvCache cache;
    private final Device device;
    private final Exclusion exclusion;

    /**
     * @param cache not changed by anybody until the file is written
     * @param device where its pages are, on whatever tier
     * @param exclusion taken for one page at a time
     */
    public SnapshotWriter(KvCache cache, Device device, Exclusion exclusion) {
        this.cache = cache;
        this.device = device;
        this.exclusion = exclusion;
    }

    /**
     * Writes a file, whole or not at all. It needs memory for one page, and leaves the cache as it is.
     *
     * @param target replaced if it exists
     * @param head says as many committed tokens as the cache has, and its layouts
     * @throws io.pinyon.error.EngineException {@code PIN-IO-WRITE} if the file cannot be written; also
     *     {@link io.pinyon.device.KvPageException} if a page on disk is lost
     * @throws io.pinyon.error.MemoryException if there is no memory for a page
     * @throws UsageException {@code PIN-SNAPSHOT-NOTE} if the note is too long, {@code PIN-SNAPSHOT-REMOVED} if the cache
     *     lacks entries of positions before its end
     */
    public void write(Path target, SnapshotHead head) {
        if (cache.length() != head.committed()) {
            throw new UsageException("PIN-SNAPSHOT-REMOVED", "the next position is " + cache.length() + " after "
                    + head.committed() + " entries: some were taken out of the middle",
                    "save the session before tokens are taken out; a snapshot cannot say yet which are missing");
        }
        ByteBuffer bytes = HeadCodec.encode(head);
        Blocks blocks = new Blocks(bytes.capacity(), head.layers(), head.committed());
        try (Staging staging = new Staging(device.memory(), blocks.largestPage())) {
            AtomicFile.write(target, channel -> {
                writeFully(channel, bytes);
                for (int block = 0; block < blocks.count(); block++) {
                    write(channel, blocks, block, staging);
                }
            });
        }
    }

    private void write(WritableByteChannel channel, Blocks blocks, int block, Staging staging) throws IOException {
        int rest = (int) (blocks.bytes(block) - blocks.pageBytes(block));
        ByteBuffer trailer = ByteBuffer.allocate(rest).order(ByteOrder.LITTLE_ENDIAN);
        for (int layer = 0; layer < blocks.layers().size(); layer++) {
            KvView view = cache.view(layer);
            int first = blocks.firstPage(block, layer);
            List<KvPage> pages = view.pages().subList(first, first + blocks.pages(block, layer));
            for (int i = 0; i < pages.size(); i++) {
                MemorySegment page = staging.page(view.layout().pageBytes());
                KvPage source = pages.get(i);
                exclusion.run(() -> device.read(source, page));
                zeroFrom(view.layout(), blocks.entries() - (first + i) * view.layout().pageTokens(), page);
                trailer.putInt(Staging.checksum(page));
                Staging.write(channel, page);
            }
        }
        writeFully(channel, trailer.clear());
    }

    private static void zeroFrom(KvLayout layout, int used, MemorySegment page) {
        int free = layout.pageTokens() - used;
        if (free <= 0) {
            return;
        }
        for (int head = 0; head < layout.kvHeads(); head++) {
            page.asSlice(layout.keyOffset(head, used), (long) free * layout.keyFormat().entryBytes(layout.keyDim()))
                    .fill((byte) 0);
            page.asSlice(layout.valueOffset(head, used),
                    (long) free * layout.valueFormat().entryBytes(layout.valueDim())).fill((byte) 0);
        }
    }

    private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
