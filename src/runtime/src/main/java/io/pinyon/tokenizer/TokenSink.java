/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.Arrays;

/** A growing list of token ids. */
final class TokenSink {
    private int[] ids = new int[64];
    private int size;

    void add(int id) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = id;
    }

    int size() {
        return size;
    }

    void truncate(int to) {
        size = to;
    }

    int[] toArray() {
        return Arrays.copyOf(ids, size);
    }
}
