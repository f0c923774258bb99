/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.concurrent.atomic.AtomicBoolean;

import io.pinyon.error.EngineException;

/** Whether an allocation is still there; shared by it and all its views. */
final class Ownership {
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final Runnable release;

    Ownership(Runnable release) {
        this.release = release;
    }

    /** Gives the allocation back the first time. */
    void close() {
        if (open.compareAndSet(true, false)) {
            release.run();
        }
    }

    void requireOpen(Object what) {
        if (!open.get()) {
            throw closed(what);
        }
    }

    static EngineException closed(Object what) {
        return new EngineException("PIN-OP-CLOSED", what + " was used after it was closed",
                "keep it open as long as ops use it");
    }
}
