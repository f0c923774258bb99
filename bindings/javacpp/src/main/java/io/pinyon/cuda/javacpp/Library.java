/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import java.util.Optional;

import io.pinyon.cuda.driver.CudaDriverProvider.Probe;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Loader;

/** Loads the presets and their native library, once: a second try would only say that the first has failed. */
final class Library {
    /** Why it cannot be used; empty if it can. */
    static final Optional<Probe.NotUsable> FAILURE = load();

    private Library() {}

    private static Optional<Probe.NotUsable> load() {
        try {
            Loader.load(cudart.class);
            return Optional.empty();
        } catch (LinkageError | RuntimeException e) {
            return Optional.of(LoadFailure.explain(e));
        }
    }
}
