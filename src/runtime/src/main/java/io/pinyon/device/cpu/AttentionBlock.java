/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

/** Attention of queries over a range of keys, as last computed; one thread uses it for one block after another. */
interface AttentionBlock {
    /** Writes the output of the queries. */
    void write();

    /**
     * Writes the result for merging: for each query the largest score, the sum of exponentials relative to it, and the
     * values weighted with these exponentials.
     */
    void writePartial(float[] target, int offset);
}
