/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.pinyon.error.UsageException;

/** The first 4096 bytes of a {@link PageFile}, little endian: magic, version, bytes of a slot, fingerprint. */
final class PageFileHeader {
    private static final int BYTES = 4096;
    private static final int FINGERPRINT_BYTES = 32;
    private static final int VERSION = 1;

    /** No text starts like this, and one that was converted from one system's line ends to another's does not either. */
    private static final byte[] MAGIC = {(byte) 0x89, 'P', 'I', 'N', '\r', '\n', 'K', 'V'};

    /** What a file is to somebody who wants one with a certain header. */
    enum Match {
        /** Empty. */
        NONE,
        /** What is wanted. */
        SAME,
        /** A page file of another kind, or one whose header was not written to its end. */
        OTHER,
        /** Something else that must not be touched. */
        FOREIGN
    }

    private PageFileHeader() {}

    static ByteBuffer of(byte[] fingerprint, long slotBytes) {
        if (fingerprint.length != FINGERPRINT_BYTES || slotBytes < 1) {
            throw new UsageException("PIN-KV-FILE",
                    "a page file with a fingerprint of " + fingerprint.length + " bytes and slots of " + slotBytes,
                    "give " + FINGERPRINT_BYTES + " bytes and at least 1");
        }
        ByteBuffer header = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return header.put(MAGIC).putInt(VERSION).putInt(BYTES).putLong(slotBytes).put(fingerprint).clear();
    }

    static Match compare(ByteBuffer wanted, SteadyFile file) throws IOException {
        int bytes = (int) Math.min(BYTES, file.size());
        if (bytes == 0) {
            return Match.NONE;
        }
        ByteBuffer found = ByteBuffer.allocate(bytes);
        file.read(found, 0);
        if (found.flip().equals(wanted)) {
            return Match.SAME;
        }
        int known = Math.min(bytes, MAGIC.length);
        return found.slice(0, known).equals(ByteBuffer.wrap(MAGIC, 0, known)) ? Match.OTHER : Match.FOREIGN;
    }
}
