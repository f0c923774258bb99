/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.concurrent.atomic.AtomicReference;

import io.pinyon.engine.Cancellation;
import io.pinyon.error.UsageException;

/** Lets one call at a time into a session, and none after it was closed. */
final class CallGate {
    private final Call idle = new Call();
    private final Call closed = new Call();
    private final AtomicReference<Call> state = new AtomicReference<>(idle);

    /** A call that is inside; closing it lets the next one in. */
    final class Call implements AutoCloseable {
        private final Cancellation cancellation = new Cancellation();

        private Call() {}

        Cancellation cancellation() {
            return cancellation;
        }

        @Override
        public void close() {
            state.compareAndSet(this, idle);
        }
    }

    Call enter() {
        Call call = new Call();
        Call present = state.compareAndExchange(idle, call);
        if (present == closed) {
            throw new UsageException("PIN-SESSION-CLOSED", "the session is closed", "open another one");
        }
        if (present != idle) {
            throw busy();
        }
        return call;
    }

    /** Cancels the call that is inside, if there is one. */
    void cancel() {
        state.get().cancellation().request();
    }

    /**
     * Lets no more calls in.
     *
     * @return false if that was so already
     */
    boolean close() {
        Call present = state.compareAndExchange(idle, closed);
        if (present != idle && present != closed) {
            throw busy();
        }
        return present == idle;
    }

    private static UsageException busy() {
        return new UsageException("PIN-SESSION-BUSY", "the session is in the middle of another call",
                "wait for it or cancel it; a session does one thing at a time, and a listener must not call it back");
    }
}
