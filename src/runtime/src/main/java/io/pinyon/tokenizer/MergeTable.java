/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Arrays;

/** Ranked merges of byte pair encoding by the ids of their two halves: an open-addressed table without boxing. */
final class MergeTable {
    private static final long EMPTY = -1;

    private final Vocabulary vocabulary;
    private final long[] keys;
    private final long[] values;
    private final int mask;
    private int rank;

    /** @param expected number of merges */
    MergeTable(Vocabulary vocabulary, int expected) {
        this.vocabulary = vocabulary;
        int slots = Integer.highestOneBit(Math.max(8, expected)) * 4;
        this.keys = new long[slots];
        this.values = new long[slots];
        this.mask = slots - 1;
        Arrays.fill(keys, EMPTY);
    }

    /** Adds the merge of the next rank, written as its halves with one space between. */
    void add(String merge) {
        int space = merge.indexOf(' ', 1);
        if (space < 0 || space == merge.length() - 1) {
            throw TokenizerErrors.merge(merge, "not two tokens with a space between");
        }
        add(merge.substring(0, space), merge.substring(space + 1));
    }

    /**
     * Adds the merge of the next rank. Where a pair occurs twice, the first rank counts; a merge into a control token is
     * left out, because plain text never becomes one.
     */
    void add(String left, String right) {
        int leftId = id(left, left, right);
        int rightId = id(right, left, right);
        int merged = id(left + right, left, right);
        long key = key(leftId, rightId);
        int slot = slot(key);
        if (rank == mask / 2) {
            throw new IllegalStateException("more merges than announced");
        }
        if (keys[slot] == EMPTY && !vocabulary.kind(merged).special()) {
            keys[slot] = key;
            values[slot] = SymbolMerger.Pairs.of(rank, merged);
        }
        rank++;
    }

    /** The merge of two neighbours, see {@link SymbolMerger.Pairs#merge}. */
    long find(int left, int right) {
        if (left < 0 || right < 0) {
            return SymbolMerger.Pairs.NONE;
        }
        long key = key(left, right);
        int slot = slot(key);
        return keys[slot] == key ? values[slot] : SymbolMerger.Pairs.NONE;
    }

    private int id(String token, String left, String right) {
        int id = vocabulary.id(token);
        if (id == Vocabulary.ABSENT) {
            throw TokenizerErrors.merge(left + " " + right,
                    TokenizerErrors.quoted(token) + " is not in the vocabulary");
        }
        return id;
    }

    private int slot(long key) {
        int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }
}
