/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

/** Attention of a block of queries over a range of keys; one thread uses it for one block after another. */
interface AttentionBlock {
    /**
     * Computes; the result stays here.
     *
     * @param fromKey first key that may be looked at
     * @param toKey key after the last
     */
    void run(AttentionQueries queries, int fromKey, int toKey);

    /** Writes the result of the last run as the output of its queries. */
    void write();

    /**
     * Writes the result of the last run for merging: for each query the largest score, the sum of exponentials relative
     * to it, and the values weighted with these exponentials.
     */
    void writePartial(float[] target, int offset);
}
