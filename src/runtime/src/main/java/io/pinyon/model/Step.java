/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.pinyon.kv.KvCache;

/** The rows that one forward pass computes: consecutive new tokens of one or several sequences. */
public final class Step {
    /**
     * The rows of one sequence.
     *
     * @param cache its cache; the first row's position is the cache's length
     * @param firstRow first row in the step
     * @param rows number of rows, at least 1
     * @param logitRows of how many of its last rows the logits are wanted
     */
    public record Part(KvCache cache, int firstRow, int rows, int logitRows) {}

    private final List<Part> parts = new ArrayList<>();
    private int[] tokens = new int[0];
    private int logitRows;

    /** An empty step. */
    public Step() {}

    /**
     * Appends the rows of a sequence.
     *
     * @param cache the sequence's cache
     * @param newTokens token ids, at least one
     * @param lastLogits of how many of the last rows the logits are wanted; 0 for none
     * @return this step
     */
    public Step add(KvCache cache, int[] newTokens, int lastLogits) {
        if (newTokens.length == 0 || lastLogits < 0 || lastLogits > newTokens.length) {
            throw new IllegalArgumentException(newTokens.length + " tokens, logits of " + lastLogits);
        }
        int firstRow = tokens.length;
        tokens = Arrays.copyOf(tokens, firstRow + newTokens.length);
        System.arraycopy(newTokens, 0, tokens, firstRow, newTokens.length);
        parts.add(new Part(cache, firstRow, newTokens.length, lastLogits));
        logitRows += lastLogits;
        return this;
    }

    /** Rows of each sequence, in order. */
    public List<Part> parts() {
        return List.copyOf(parts);
    }

    /** Token ids of all rows. */
    public int[] tokens() {
        return tokens.clone();
    }

    /** Number of rows. */
    public int rows() {
        return tokens.length;
    }

    /** Number of rows whose logits are wanted. */
    public int logitRows() {
        return logitRows;
    }
}
