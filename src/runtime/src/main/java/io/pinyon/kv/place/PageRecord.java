/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.zip.CRC32C;

import io.pinyon.device.PageStore;

/**
 * What a {@link PageFile} says about a page behind it, little endian: magic, slot, bytes of the page, CRC32C of the page,
 * bytes of the label, CRC32C of all this but itself, label.
 *
 * @param slot where the page lies
 * @param bytes of the page
 * @param crc CRC32C of the page
 * @param label what was said about it
 */
record PageRecord(int slot, long bytes, int crc, ByteBuffer label) {
    /** Bytes of a record in the file. */
    static final int BYTES = 4096;

    private static final int MAGIC = 0x5247_5050; // "PPGR"
    private static final int CRC_OFFSET = 24;
    private static final int LABEL_OFFSET = 28;

    /** Keeps the label from being written. */
    PageRecord {
        label = label.asReadOnlyBuffer();
    }

    /** Whether another process may find the page. */
    boolean labelled() {
        return label.hasRemaining();
    }

    /** The record and zeros behind it. */
    ByteBuffer encoded() {
        ByteBuffer block = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        block.putInt(MAGIC).putInt(slot).putLong(bytes).putInt(crc).putInt(label.remaining());
        block.position(LABEL_OFFSET).put(label.duplicate());
        return block.putInt(CRC_OFFSET, crcOf(block, label.remaining())).clear();
    }

    /** What a whole block says, if it is a record of this slot. */
    static Optional<PageRecord> decoded(ByteBuffer block, int slot) {
        ByteBuffer from = block.duplicate().order(ByteOrder.LITTLE_ENDIAN).clear();
        int length = from.getInt(20);
        if (from.getInt(0) != MAGIC || from.getInt(4) != slot || length < 0 || length > PageStore.LABEL_BYTES
                || from.getInt(CRC_OFFSET) != crcOf(from, length)) {
            return Optional.empty();
        }
        byte[] label = new byte[length];
        from.get(LABEL_OFFSET, label);
        return Optional.of(new PageRecord(slot, from.getLong(8), from.getInt(16), ByteBuffer.wrap(label)));
    }

    private static int crcOf(ByteBuffer block, int labelBytes) {
        var crc = new CRC32C();
        crc.update(block.slice(0, CRC_OFFSET));
        crc.update(block.slice(LABEL_OFFSET, labelBytes));
        return (int) crc.getValue();
    }
}
