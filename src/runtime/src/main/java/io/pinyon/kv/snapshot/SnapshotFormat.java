/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

import io.pinyon.error.ModelFileException;

/**
 * Version 1 of the file. Numbers are little-endian, checksums are CRC-32C (RFC 3720, appendix B.4), texts are UTF-8 behind
 * their length in bytes.
 *
 * <pre>
 * 0   u8[8]  magic 89 'P' 'I' 'N' 'K' 'V' 0D 0A
 * 8   u32    version
 * 12  u32    bytes of the head, a multiple of 4096
 * 16  u64    bytes of the file
 * 24  u32    checksum of the head from byte 32 on
 * 28  u32    checksum of bytes 0 to 27
 * 32  u8[32] fingerprint of the model
 * 64  u32    context length
 * 68  u32    tokens, without those of removed positions
 * 72  u32    position behind the last entry: the entries and the removed positions
 * 76  u32    entries in the pages of a layer, of the first tokens; the other tokens are pending
 * 80  u32    removed ranges of positions; none so far, as no cache can be filled around them
 * 84  u32    layers
 * 88  text   name of the model
 *     text   KV specification of the axis codec
 *     text   note
 *     for each removed range: u32 first position, u32 position behind the last
 *     for each layer: text key format, text value format, u32 KV heads, elements of a key, elements of a value, tokens
 *         per page, u64 bytes of a page
 *     for each token: u32 id
 *     zeros to the end of the head
 * </pre>
 *
 * <p>Then come blocks. A block has the pages of as many consecutive entries as the largest page holds: for each layer its
 * pages in order, behind all layers a u32 checksum for each page in the same order, then zeros to a multiple of 4096. What
 * the last page of a layer has beyond the last entry is zero, so that equal sequences give equal files.
 */
final class SnapshotFormat {
    static final int VERSION = 1;
    static final int ALIGNMENT = 4096;
    static final int PRELUDE_BYTES = 32;
    /** Bytes of the prelude that its own checksum covers. */
    static final int PRELUDE_CHECKED = 28;
    static final int MAX_NOTE_BYTES = 64 << 20;
    /** Far more than the tokens and the note of any sequence take. */
    static final int MAX_HEAD_BYTES = 1 << 30;

    private static final byte[] MAGIC = {(byte) 0x89, 'P', 'I', 'N', 'K', 'V', '\r', '\n'};

    private SnapshotFormat() {}

    static byte[] magic() {
        return MAGIC.clone();
    }

    static int checksum(ByteBuffer bytes) {
        var crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    /** What is thrown for a file that is not what was written. */
    static ModelFileException corrupt(Object file, String what) {
        return new ModelFileException("PIN-SNAPSHOT-CORRUPT", "snapshot " + file + " is damaged: " + what,
                "take another copy of it, or compute the session again");
    }
}
