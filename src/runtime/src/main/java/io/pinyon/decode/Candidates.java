/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.Arrays;

import io.pinyon.error.EngineException;

/**
 * The tokens that may still be chosen, with their logits; never empty after {@link #reset}.
 *
 * <p>Its order is that of the vocabulary until {@link #orderTop} is called. Better means a higher logit and, between
 * equal logits, a lower id, so that no two candidates are equal. Memory is taken once and reused for every token.
 */
public final class Candidates {
    private final float[] logits;
    private final int[] ids;
    private int size;
    private int ordered;
    private boolean shuffled;

    /** Room for a vocabulary of this many tokens, at least 1. */
    public Candidates(int vocabularySize) {
        if (vocabularySize < 1) {
            throw new IllegalArgumentException("vocabulary of " + vocabularySize);
        }
        logits = new float[vocabularySize];
        ids = new int[vocabularySize];
    }

    /**
     * Makes every token of the vocabulary a candidate.
     *
     * @param source logits by token id; what lies behind the vocabulary is not looked at
     * @throws EngineException {@code PIN-SAMPLE-NONFINITE} if one is infinite or not a number
     */
    public void reset(float[] source) {
        for (int id = 0; id < logits.length; id++) {
            float logit = source[id];
            if (!Float.isFinite(logit)) {
                throw nonFinite("the logit of token " + id + " is " + logit);
            }
            logits[id] = logit;
            ids[id] = id;
        }
        size = logits.length;
        ordered = 0;
        shuffled = false;
    }

    /** What is thrown where a model gives logits that are no finite numbers. */
    static EngineException nonFinite(String what) {
        return new EngineException("PIN-SAMPLE-NONFINITE", what,
                "the weights are damaged, or a number format is too narrow for this model: try KV format bf16");
    }

    /** Tokens of the vocabulary. */
    int capacity() {
        return logits.length;
    }

    /** How many there are, at least 1. */
    public int size() {
        return size;
    }

    /** Token id of a candidate. */
    public int id(int index) {
        return ids[index];
    }

    /** Logit of a candidate. */
    public float logit(int index) {
        return logits[index];
    }

    /**
     * Changes a logit; the candidates then count as unordered.
     *
     * @param logit clamped to the finite numbers
     */
    public void logit(int index, float logit) {
        logits[index] = Math.clamp(logit, -Float.MAX_VALUE, Float.MAX_VALUE);
        ordered = 0;
    }

    /** The highest logit. */
    public float max() {
        if (ordered > 0) {
            return logits[0];
        }
        float max = logits[0];
        for (int i = 1; i < size; i++) {
            max = Math.max(max, logits[i]);
        }
        return max;
    }

    /** The index of the best candidate. */
    public int best() {
        if (ordered > 0) {
            return 0;
        }
        int best = 0;
        for (int i = 1; i < size; i++) {
            if (better(i, best)) {
                best = i;
            }
        }
        return best;
    }

    /** Drops all but the first candidates; at least one stays. */
    public void keepFirst(int count) {
        size = Math.clamp(count, 1, size);
        ordered = Math.min(ordered, size);
    }

    /** Drops the candidates below a logit; the best stay in any case. Keeps the order of the rest. */
    public void keepFrom(float least) {
        float bound = Math.min(least, max());
        int kept = 0;
        int keptOrdered = 0;
        for (int i = 0; i < size; i++) {
            if (logits[i] >= bound) {
                keptOrdered += i < ordered ? 1 : 0;
                logits[kept] = logits[i];
                ids[kept++] = ids[i];
            }
        }
        size = kept;
        ordered = keptOrdered;
    }

    /**
     * Puts the best candidates first, best of all in front; the others follow in no order. Takes time n log k: a heap
     * of the k best so far, its worst on top, is carried over all candidates and then taken apart.
     *
     * @param count how many, at least 1
     */
    public void orderTop(int count) {
        int k = Math.min(count, size);
        if (k <= ordered) {
            return;
        }
        shuffled = true;
        for (int i = k / 2 - 1; i >= 0; i--) {
            siftDown(i, k);
        }
        for (int i = k; i < size; i++) {
            if (better(i, 0)) {
                swap(i, 0);
                siftDown(0, k);
            }
        }
        for (int end = k - 1; end > 0; end--) {
            swap(0, end);
            siftDown(0, end);
        }
        ordered = k;
    }

    /** Puts them back in the order of the vocabulary. */
    void orderById() {
        if (!shuffled) {
            return;
        }
        long[] pairs = new long[size];
        for (int i = 0; i < size; i++) {
            pairs[i] = (long) ids[i] << Integer.SIZE | (Float.floatToRawIntBits(logits[i]) & 0xFFFF_FFFFL);
        }
        Arrays.sort(pairs);
        for (int i = 0; i < size; i++) {
            ids[i] = (int) (pairs[i] >> Integer.SIZE);
            logits[i] = Float.intBitsToFloat((int) pairs[i]);
        }
        shuffled = false;
        ordered = 0;
    }

    private void siftDown(int from, int end) {
        int parent = from;
        for (int child = 2 * parent + 1; child < end; child = 2 * parent + 1) {
            if (child + 1 < end && better(child, child + 1)) {
                child++;
            }
            if (better(child, parent)) {
                return;
            }
            swap(child, parent);
            parent = child;
        }
    }

    private boolean better(int a, int b) {
        return logits[a] > logits[b] || (logits[a] == logits[b] && ids[a] < ids[b]);
    }

    private void swap(int a, int b) {
        float logit = logits[a];
        logits[a] = logits[b];
        logits[b] = logit;
        int id = ids[a];
        ids[a] = ids[b];
        ids[b] = id;
    }
}
