/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

import io.pinyon.device.KvLayout;

/**
 * The name of a chain of columns in every process: SHA-256 (FIPS 180-4) over the name of the chain before the last column
 * and that column's tokens. The name of an empty chain covers the model and the layouts of its pages.
 *
 * @param hex 64 hexadecimal digits
 */
record ChainId(String hex) {
    /** Bytes of a name. */
    static final int BYTES = 32;

    /** The name of the empty chain. */
    static ChainId root(String fingerprint, List<KvLayout> layouts) {
        StringBuilder text = new StringBuilder(fingerprint);
        for (KvLayout layout : layouts) {
            text.append('\n').append(layout.keyFormat().name()).append(' ').append(layout.valueFormat().name())
                    .append(' ').append(layout.kvHeads()).append(' ').append(layout.keyDim()).append(' ')
                    .append(layout.valueDim()).append(' ').append(layout.pageTokens());
        }
        return digest(text.toString().getBytes(StandardCharsets.UTF_8));
    }

    /** The name of this chain with one more column. */
    ChainId then(int[] tokens) {
        ByteBuffer buffer = ByteBuffer.allocate(BYTES + Integer.BYTES * tokens.length).put(bytes());
        for (int token : tokens) {
            buffer.putInt(token);
        }
        return digest(buffer.array());
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    static ChainId of(byte[] bytes) {
        return new ChainId(HexFormat.of().formatHex(bytes));
    }

    private static ChainId digest(byte[] bytes) {
        try {
            return of(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
