/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.support;

import java.util.concurrent.atomic.AtomicBoolean;

import io.pinyon.error.EngineException;

/** Whether an allocation is still there; shared by it and all its views. */
public final class Ownership {
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final Runnable release;

    /**
     * @param release gives the allocation back; called once
     */
    public Ownership(Runnable release) {
        this.release = release;
    }

    /** Gives the allocation back the first time. */
    public void close() {
        if (open.compareAndSet(true, false)) {
            release.run();
        }
    }

    /** Whether it has not been given back. */
    public boolean isOpen() {
        return open.get();
    }

    /**
     * Refuses what is closed.
     *
     * @param what the allocation or a view of it, for the message
     * @throws EngineException {@code PIN-OP-CLOSED}
     */
    public void requireOpen(Object what) {
        if (!open.get()) {
            throw closed(what);
        }
    }

    /** What {@link #requireOpen} throws. */
    public static EngineException closed(Object what) {
        return new EngineException("PIN-OP-CLOSED", what + " was used after it was closed",
                "keep it open as long as ops use it");
    }
}
