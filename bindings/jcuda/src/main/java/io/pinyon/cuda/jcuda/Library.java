/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.jcuda;

import java.util.Optional;

import io.pinyon.cuda.driver.CudaDriverProvider.Probe;
import jcuda.driver.JCudaDriver;

/** Loads JCuda and its native library, once: a second try would only say that the first has failed. */
final class Library {
    /** Why it cannot be used; empty if it can. */
    static final Optional<Probe.NotUsable> FAILURE = load();

    private Library() {}

    private static Optional<Probe.NotUsable> load() {
        try {
            // Any call loads the native library; this one also makes sure that failures come as results.
            JCudaDriver.setExceptionsEnabled(false);
            return Optional.empty();
        } catch (LinkageError | RuntimeException e) {
            return Optional.of(LoadFailure.explain(e));
        }
    }
}
