/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Which model computed keys and values. What is kept for later, in a file or a page store, is of use only to a model with
 * the same one.
 */
public final class Fingerprint {
    /** Bytes of a fingerprint: a SHA-256 (FIPS 180-4). */
    public static final int BYTES = 32;

    private static final int BRIEF_DIGITS = 12;

    private final byte[] bytes;

    private Fingerprint(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A fingerprint from its bytes.
     *
     * @param bytes {@value #BYTES} of them; copied
     */
    public static Fingerprint of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException(bytes.length + " bytes of a fingerprint");
        }
        return new Fingerprint(bytes.clone());
    }

    /** A copy of its bytes. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Its first digits, enough for people to tell models apart. */
    public String brief() {
        return toString().substring(0, BRIEF_DIGITS);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprint that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** All bytes as hexadecimal digits. */
    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
