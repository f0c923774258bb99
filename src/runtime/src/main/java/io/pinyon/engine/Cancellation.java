/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

/** A wish to end one call, from any thread. */
public final class Cancellation {
    private volatile boolean requested;

    /** Nothing is wished yet. */
    public Cancellation() {}

    /** Wishes that the call ends after its current step. */
    public void request() {
        requested = true;
    }

    /** Whether the call should end. */
    public boolean requested() {
        return requested;
    }
}
