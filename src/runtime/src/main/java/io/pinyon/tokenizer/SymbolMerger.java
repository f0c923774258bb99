/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Arrays;

/**
 * Greedy pairwise merging, common to byte pair encoding (Sennrich et al. 2016) and to SentencePiece's BPE (Kudo and
 * Richardson 2018): start from the characters of a piece, merge the neighbouring pair of lowest priority number, the
 * leftmost of equals first, until no pair may be merged. They differ only in what a pair's priority is. A heap of
 * candidates keeps this at O(n log n) for pieces of any length.
 */
final class SymbolMerger {
    /** Says whether and how urgently two neighbours may be merged. */
    interface Pairs {
        /** No merge. */
        long NONE = -1;

        /**
         * The merge of two neighbours.
         *
         * @param left id of the left symbol, {@link Vocabulary#ABSENT} if it is no token
         * @param right id of the right symbol, {@link Vocabulary#ABSENT} if it is no token
         * @param start begin of the left symbol in the piece
         * @param end end of the right symbol in the piece
         * @return {@link #of} the merge, or {@link #NONE}
         */
        long merge(int left, int right, int start, int end);

        /**
         * Packs a merge.
         *
         * @param priority unsigned, lower first
         * @param id of the merged token
         */
        static long of(int priority, int id) {
            return (long) priority << 32 | id;
        }
    }

    private final Pairs pairs;
    private final int[] ids;
    private final int[] starts;
    private final int[] next;
    private final int[] previous;
    private final long[] merges;
    private final int count;
    private long[] heap;
    private int heapSize;

    /**
     * @param ids ids of the single symbols, in order; reused
     * @param starts begin of each symbol, and after the last its end
     * @param count number of symbols
     */
    SymbolMerger(Pairs pairs, int[] ids, int[] starts, int count) {
        this.pairs = pairs;
        this.ids = ids;
        this.starts = starts;
        this.count = count;
        this.next = new int[count];
        this.previous = new int[count];
        this.merges = new long[count];
        this.heap = new long[Math.max(8, count)];
        for (int i = 0; i < count; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
    }

    /** Merges all that can be merged; then {@link #next} walks the symbols that are left, from 0 to the count. */
    void run() {
        for (int i = 0; i < count; i++) {
            propose(i);
        }
        while (heapSize > 0) {
            long top = pop();
            int at = (int) top;
            if (merges[at] != Pairs.NONE && (int) (merges[at] >>> 32) == (int) (top >>> 32)) {
                merge(at);
            }
        }
    }

    int next(int symbol) {
        return next[symbol];
    }

    int id(int symbol) {
        return ids[symbol];
    }

    int start(int symbol) {
        return starts[symbol];
    }

    int end(int symbol) {
        return starts[next[symbol]];
    }

    private void merge(int at) {
        int gone = next[at];
        ids[at] = (int) merges[at];
        next[at] = next[gone];
        merges[gone] = Pairs.NONE;
        if (next[at] < count) {
            previous[next[at]] = at;
        }
        propose(at);
        if (previous[at] >= 0) {
            propose(previous[at]);
        }
    }

    private void propose(int at) {
        int right = next[at];
        merges[at] = right < count ? pairs.merge(ids[at], ids[right], starts[at], end(right)) : Pairs.NONE;
        if (merges[at] != Pairs.NONE) {
            push(merges[at] >>> 32 << 32 | at);
        }
    }

    private void push(long key) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, 2 * heapSize);
        }
        int hole = heapSize++;
        while (hole > 0) {
            int parent = (hole - 1) >>> 1;
            if (Long.compareUnsigned(heap[parent], key) <= 0) {
                break;
            }
            heap[hole] = heap[parent];
            hole = parent;
        }
        heap[hole] = key;
    }

    private long pop() {
        long top = heap[0];
        long last = heap[--heapSize];
        int hole = 0;
        int child = 1;
        while (child < heapSize) {
            if (child + 1 < heapSize && Long.compareUnsigned(heap[child + 1], heap[child]) < 0) {
                child++;
            }
            if (Long.compareUnsigned(last, heap[child]) <= 0) {
                break;
            }
            heap[hole] = heap[child];
            hole = child;
            child = 2 * hole + 1;
        }
        heap[hole] = last;
        return top;
    }
}
