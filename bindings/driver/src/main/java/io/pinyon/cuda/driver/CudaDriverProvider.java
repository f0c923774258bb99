/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

/**
 * Finds one bridge to the CUDA driver. Implementations are services: one class and one {@code provides} line.
 *
 * <p>A provider never throws because something is missing: it says so by {@link Probe}, without loading more than it
 * must.
 */
public interface CudaDriverProvider {
    /** The name by which an option forces it, for example {@code ffm}. */
    String name();

    /** Higher wins when the choice is automatic. */
    int priority();

    /** Whether the driver can be reached by this bridge; initialises the driver. */
    Probe probe();

    /** Whether a bridge is usable. */
    sealed interface Probe {
        /**
         * It is.
         *
         * @param driver ready for use
         */
        record Usable(CudaDriver driver) implements Probe {}

        /**
         * It is not.
         *
         * @param reason why: no driver, an old driver, a missing jar
         * @param remedy what would help
         */
        record NotUsable(String reason, String remedy) implements Probe {}
    }
}
