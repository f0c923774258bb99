/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.Arrays;

/** Tokens as numbers whose order is theirs: greater for a higher logit and, between equal ones, for a smaller id. */
final class BestTokens {
    private BestTokens() {}

    static long key(float logit, int id) {
        int bits = Float.floatToRawIntBits(logit + 0f); // negative zero is equal to zero
        return (long) ordered(bits) << Integer.SIZE | (~id & 0xFFFF_FFFFL);
    }

    static float logit(long key) {
        return Float.intBitsToFloat(ordered((int) (key >> Integer.SIZE)));
    }

    /** Between the bits of floats and integers of the same order, both ways. */
    private static int ordered(int bits) {
        return bits ^ (bits >> (Integer.SIZE - 1) & Integer.MAX_VALUE);
    }

    /**
     * The best tokens in order, the best last. Takes time n log k: a heap of the k best so far, the worst on top, is
     * carried over all.
     *
     * @param start index of the logit of token 0
     * @param count number of tokens
     * @param k how many are wanted, from 1 to {@code count}
     */
    static long[] select(float[] logits, int start, int count, int k) {
        long[] heap = new long[k];
        for (int id = 0; id < k; id++) {
            heap[id] = key(logits[start + id], id);
        }
        Arrays.sort(heap); // in order, the worst first, is a heap
        for (int id = k; id < count; id++) {
            long key = key(logits[start + id], id);
            if (key > heap[0]) {
                heap[0] = key;
                siftDown(heap);
            }
        }
        Arrays.sort(heap);
        return heap;
    }

    private static void siftDown(long[] heap) {
        int parent = 0;
        for (int child = 1; child < heap.length; child = 2 * parent + 1) {
            if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[parent] <= heap[child]) {
                return;
            }
            long key = heap[parent];
            heap[parent] = heap[child];
            heap[child] = key;
            parent = child;
        }
    }
}
