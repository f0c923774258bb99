/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.util.OptionalInt;

import io.pinyon.error.UsageException;

/**
 * How a model is loaded.
 *
 * @param maxRows most rows of a step, which is the longest piece of a prompt that is computed at once
 * @param contextLength tokens that the caller means to use, for rotary embeddings that depend on it; empty for what the
 *     model was trained for
 */
public record LoadOptions(int maxRows, OptionalInt contextLength) {
    private static final int DEFAULT_ROWS = 512;

    /** Checks both numbers. */
    public LoadOptions {
        if (maxRows < 1) {
            throw new UsageException("PIN-MODEL-OPTION", "the most rows of a step are " + maxRows,
                    "use a number from 1 on");
        }
        if (contextLength.isPresent() && contextLength.getAsInt() < 1) {
            throw new UsageException("PIN-MODEL-OPTION", "the context length is " + contextLength.getAsInt(),
                    "use a number from 1 on");
        }
    }

    /** 512 rows, the model's own context length. */
    public static LoadOptions defaults() {
        return new LoadOptions(DEFAULT_ROWS, OptionalInt.empty());
    }

    /** The same with another number of rows. */
    public LoadOptions withMaxRows(int rows) {
        return new LoadOptions(rows, contextLength);
    }

    /** The same with a context length. */
    public LoadOptions withContextLength(int tokens) {
        return new LoadOptions(maxRows, OptionalInt.of(tokens));
    }
}
