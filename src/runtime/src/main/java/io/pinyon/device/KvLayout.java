/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import io.pinyon.format.KvFormat;

/**
 * The layout of one KV page: one layer, all its KV heads, a fixed number of tokens.
 *
 * <p>A page holds the keys {@code [kvHeads][pageTokens][keyDim]} and behind them the values
 * {@code [kvHeads][pageTokens][valueDim]}, each entry encoded by its format.
 *
 * @param keyFormat how keys are encoded
 * @param valueFormat how values are encoded
 * @param kvHeads number of KV heads
 * @param keyDim elements of a key
 * @param valueDim elements of a value
 * @param pageTokens tokens per page, a power of two
 */
public record KvLayout(KvFormat keyFormat, KvFormat valueFormat, int kvHeads, int keyDim, int valueDim,
        int pageTokens) {
    /** Bytes of a page. */
    public long pageBytes() {
        return valueBase() + (long) kvHeads * pageTokens * valueFormat.entryBytes(valueDim);
    }

    /** Byte offset of the key of a head and slot within a page. */
    public long keyOffset(int head, int slot) {
        return ((long) head * pageTokens + slot) * keyFormat.entryBytes(keyDim);
    }

    /** Byte offset of the value of a head and slot within a page. */
    public long valueOffset(int head, int slot) {
        return valueBase() + ((long) head * pageTokens + slot) * valueFormat.entryBytes(valueDim);
    }

    /** Bytes that one token takes in this layer. */
    public long tokenBytes() {
        return (long) kvHeads * (keyFormat.entryBytes(keyDim) + valueFormat.entryBytes(valueDim));
    }

    private long valueBase() {
        return (long) kvHeads * pageTokens * keyFormat.entryBytes(keyDim);
    }
}
