/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

/** Keeps steps and other work on caches away while pages are read or written. */
@FunctionalInterface
public interface Exclusion {
    /** Runs work when nothing else uses the caches; may throw instead, to end what is going on. */
    void run(Runnable work);
}
