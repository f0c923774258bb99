/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

/** Hears how far a long transfer has come. */
@FunctionalInterface
public interface ProgressListener {
    /** Hears nothing. */
    ProgressListener NONE = (_, _) -> {};

    /**
     * Called on the thread that does the work, which waits for it.
     *
     * @param done bytes so far
     * @param total bytes in all
     */
    void onProgress(long done, long total);
}
