/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.zip.CRC32C;

import io.pinyon.device.PageStore;
import io.pinyon.device.support.Ownership;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.PinyonException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Pages in one file: a {@link PageFileHeader}, then slots of one size. A slot is a page and behind it its
 * {@link PageRecord}; both start at multiples of 4096.
 *
 * <p>A page is written before its record, and the record of a labelled page is erased before its slot is used again. So a
 * process may be killed at any moment: every page whose record was written is there, and a slot with anything else behind
 * it is free. Nothing is forced to the disk; what a power failure takes, the checksums tell.
 *
 * <p>Reads and writes name their place, so threads do not wait for each other but for the lists of slots. Labelled pages
 * that are not freed before {@link #close} stay for the next process, and freeing them afterwards does nothing.
 */
public final class PageFile implements PageStore {
    private static final System.Logger LOG = System.getLogger("io.pinyon");
    private static final int BLOCK = 4096;
    private static final long PIECE = 1L << 30;

    private final Path path;
    private final long slotBytes;
    private final long limitBytes;
    private final FileGuard guard;
    private final SteadyFile file;
    private final Ownership ownership = new Ownership(this::shut);

    // guarded by this
    private final Map<Integer, PageRecord> pages = new HashMap<>();
    private final Map<Integer, PageRecord> found = new HashMap<>();
    private final BitSet taken = new BitSet();
    private final BitSet stale = new BitSet(); // slots without a page, but maybe with the record of a labelled one

    private PageFile(Path path, long slotBytes, long limitBytes, FileGuard guard, SteadyFile file) {
        this.path = path;
        this.slotBytes = slotBytes;
        this.limitBytes = limitBytes;
        this.guard = guard;
        this.file = file;
    }

    /**
     * Opens a file, or creates it in a folder that is there. Labelled pages of a file of the same fingerprint and slots are
     * found; a page file of others starts over. A file of zero bytes stays beside it, for the lock.
     *
     * @param fingerprint 32 bytes that tell what makes pages useless to each other
     * @param slotBytes most bytes of a page
     * @param limitBytes most bytes of the file; empty for as many as the disk has
     * @throws UsageException {@code PIN-KV-FILE} for a file that is no page file, or that cannot be opened;
     *     {@code PIN-KV-FILEBUSY} for one that another store has open, in this process or another
     * @throws MemoryException {@code PIN-KV-DISKFULL} or {@code PIN-KV-WRITE} if it cannot be created
     */
    public static PageFile open(Path path, byte[] fingerprint, long slotBytes, OptionalLong limitBytes) {
        return open(path, fingerprint, slotBytes, limitBytes, FileChannel::open);
    }

    static PageFile open(Path path, byte[] fingerprint, long slotBytes, OptionalLong limitBytes,
            SteadyFile.Opener opener) {
        ByteBuffer header = PageFileHeader.of(fingerprint, slotBytes);
        try {
            FileGuard guard = FileGuard.lock(path);
            try {
                return open(path, header, slotBytes, limitBytes.orElse(Long.MAX_VALUE), guard,
                        new SteadyFile(path, opener));
            } catch (IOException | RuntimeException | Error e) {
                guard.close();
                throw e;
            }
        } catch (IOException e) {
            throw new UsageException("PIN-KV-FILE", path + " cannot be opened for pages: " + reason(e),
                    "choose another file", e);
        }
    }

    private static PageFile open(Path path, ByteBuffer header, long slotBytes, long limitBytes, FileGuard guard,
            SteadyFile file) throws IOException {
        try {
            var store = new PageFile(path, slotBytes, limitBytes, guard, file);
            store.start(header);
            return store;
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private void start(ByteBuffer header) throws IOException {
        switch (PageFileHeader.compare(header, file)) {
            case SAME -> scan();
            case NONE -> create(header);
            case OTHER -> {
                LOG.log(Level.INFO, () -> path + " holds pages of another model or layout, and starts over");
                create(header);
            }
            case FOREIGN -> throw new UsageException("PIN-KV-FILE", path + " is not empty and holds no pages",
                    "choose another file, or remove this one if nobody needs it");
        }
        file.expectHead(header);
    }

    private void create(ByteBuffer header) throws IOException {
        if (limitBytes < BLOCK) {
            throw full(BLOCK, null);
        }
        try {
            file.truncate(0);
            file.write(header.duplicate(), 0);
        } catch (IOException e) {
            throw writeFailure(BLOCK, e);
        }
    }

    /** Finds pages by their records; a record that ends early or is not one belongs to a free slot. */
    private synchronized void scan() throws IOException {
        long size = file.size();
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        for (int slot = 0; recordOffset(slot) + PageRecord.BYTES <= size; slot++) {
            file.read(block.clear(), recordOffset(slot));
            int at = slot;
            PageRecord.decoded(block, slot)
                    .filter(record -> record.labelled() && record.bytes() > 0 && record.bytes() <= slotBytes)
                    .ifPresent(record -> {
                        taken.set(at);
                        pages.put(at, record);
                        found.put(at, record);
                    });
        }
    }

    private long pageOffset(int slot) {
        return BLOCK + slot * stride();
    }

    private long recordOffset(int slot) {
        return pageOffset(slot) + stride() - PageRecord.BYTES;
    }

    private long stride() {
        return Math.ceilDiv(slotBytes, BLOCK) * BLOCK + PageRecord.BYTES;
    }

    @Override
    public long slotBytes() {
        return slotBytes;
    }

    @Override
    public int put(MemorySegment page, byte[] label) {
        ownership.requireOpen(this);
        if (page.byteSize() > slotBytes || label.length > LABEL_BYTES) {
            throw new EngineException("PIN-KV-SLOT",
                    "a page of " + page.byteSize() + " bytes and a label of " + label.length + " in " + this,
                    "open the file for pages of that size, and keep labels to " + LABEL_BYTES);
        }
        int slot = take();
        boolean written = false;
        try {
            var record = new PageRecord(slot, page.byteSize(), crc(page), ByteBuffer.wrap(label.clone()));
            eraseStale(slot);
            write(page, pageOffset(slot));
            markStale(slot, record.labelled()); // from here on until its record is known to be whole
            file.write(record.encoded(), recordOffset(slot));
            keep(record);
            written = true;
            return slot;
        } catch (IOException e) {
            throw writeFailure(page.byteSize(), e);
        } finally {
            if (!written) {
                giveBack(slot);
            }
        }
    }

    private synchronized int take() {
        int slot = taken.nextClearBit(0);
        if (recordOffset(slot) + PageRecord.BYTES > limitBytes || slot == Integer.MAX_VALUE) {
            throw full(slotBytes, null);
        }
        taken.set(slot);
        return slot;
    }

    private synchronized void keep(PageRecord record) {
        stale.clear(record.slot());
        pages.put(record.slot(), record);
    }

    private synchronized void giveBack(int slot) {
        taken.clear(slot);
    }

    private synchronized void markStale(int slot, boolean is) {
        stale.set(slot, is);
    }

    private synchronized boolean isStale(int slot) {
        return stale.get(slot);
    }

    private void eraseStale(int slot) throws IOException {
        if (isStale(slot)) {
            file.write(ByteBuffer.allocateDirect(PageRecord.BYTES), recordOffset(slot));
            markStale(slot, false);
        }
    }

    private void write(MemorySegment page, long offset) throws IOException {
        for (long at = 0; at < page.byteSize(); at += PIECE) {
            file.write(piece(page, at), offset + at);
        }
    }

    private static ByteBuffer piece(MemorySegment page, long at) {
        return page.asSlice(at, Math.min(PIECE, page.byteSize() - at)).asByteBuffer();
    }

    private static int crc(MemorySegment page) {
        var crc = new CRC32C();
        for (long at = 0; at < page.byteSize(); at += PIECE) {
            crc.update(piece(page, at));
        }
        return (int) crc.getValue();
    }

    @Override
    public void get(int slot, MemorySegment target) {
        ownership.requireOpen(this);
        PageRecord record = record(slot);
        if (record.bytes() != target.byteSize()) {
            throw new EngineException("PIN-KV-SLOT", "a page of " + record.bytes() + " bytes in slot " + slot + " of "
                    + path + " was asked for as " + target.byteSize(), "read pages of the size that was written");
        }
        if (target.isNative()) {
            read(record, target);
        } else {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment direct = arena.allocate(target.byteSize());
                read(record, direct);
                target.copyFrom(direct);
            }
        }
    }

    private synchronized PageRecord record(int slot) {
        PageRecord record = pages.get(slot);
        if (record == null) {
            throw new EngineException("PIN-KV-READ", "slot " + slot + " of " + path + " holds no page",
                    "compute the page again");
        }
        return record;
    }

    private void read(PageRecord record, MemorySegment target) {
        try {
            for (long at = 0; at < target.byteSize(); at += PIECE) {
                file.read(piece(target, at), pageOffset(record.slot()) + at);
            }
        } catch (IOException e) {
            throw new EngineException("PIN-KV-READ",
                    "a page in slot " + record.slot() + " of " + path + " cannot be read: " + reason(e),
                    "check the disk; the page is computed again", e);
        }
        if (crc(target) != record.crc()) {
            throw new EngineException("PIN-KV-CHECKSUM",
                    "a page in slot " + record.slot() + " of " + path + " is not what was written there",
                    "check the disk and who else writes the file; the page is computed again");
        }
    }

    @Override
    public void free(int slot) {
        PageRecord record = forget(slot);
        if (record == null) {
            return;
        }
        try {
            eraseStale(slot);
        } catch (IOException e) {
            // it is tried again before the slot is used; until then the page would be found, whole, by the next process
            LOG.log(Level.WARNING, () -> "a page in slot " + slot + " of " + path + " is free but could not be erased",
                    e);
        }
        giveBack(slot);
    }

    private synchronized @Nullable PageRecord forget(int slot) {
        if (!ownership.isOpen()) {
            return null;
        }
        PageRecord record = pages.remove(slot);
        found.remove(slot);
        if (record != null && record.labelled()) {
            stale.set(slot);
        }
        return record;
    }

    @Override
    public synchronized List<Stored> found() {
        return found.values().stream().sorted(Comparator.comparingInt(PageRecord::slot))
                .map(record -> new Stored(record.slot(), record.bytes(), record.label())).toList();
    }

    @Override
    public void close() {
        ownership.close();
    }

    /** Cuts what no other process would find off the end, and gives the file up. */
    private synchronized void shut() {
        int end = pages.values().stream().filter(PageRecord::labelled).mapToInt(record -> record.slot() + 1).max()
                .orElse(0);
        try (guard; file) {
            if (file.size() > pageOffset(end)) {
                file.truncate(pageOffset(end));
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, () -> path + " could not be cut to the pages that stay", e);
        }
    }

    private PinyonException writeFailure(long bytes, IOException e) {
        return saysFull(e) || hasLessThan(bytes)
                ? full(bytes, e)
                : new MemoryException("PIN-KV-WRITE", "a page cannot be written to " + path + ": " + reason(e),
                        "check the disk, or choose another file", e);
    }

    private MemoryException full(long bytes, @Nullable IOException cause) {
        String problem = "no room for " + Bytes.format(bytes) + " in " + path;
        String remedy = "free some space, raise the limit, or shorten the context";
        return cause == null
                ? new MemoryException("PIN-KV-DISKFULL", problem, remedy)
                : new MemoryException("PIN-KV-DISKFULL", problem, remedy, cause);
    }

    private static boolean saysFull(IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("no space") || message.contains("not enough space") || message.contains("quota");
    }

    /** The system may say it in any language. */
    private boolean hasLessThan(long bytes) {
        try {
            return Files.getFileStore(path).getUsableSpace() < bytes;
        } catch (IOException _) {
            return false; // then it is not known to be full
        }
    }

    private static String reason(IOException e) {
        return e instanceof FileSystemException f && f.getReason() == null
                ? f.getClass().getSimpleName() + " " + f.getFile()
                : String.valueOf(e.getMessage());
    }

    @Override
    public String toString() {
        return path + " with slots of " + slotBytes + " bytes";
    }
}
