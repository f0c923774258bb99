/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.ArrayDeque;
import java.util.Deque;

/** Things to be closed, the last one first. */
final class Resources {
    private final Deque<Runnable> closers = new ArrayDeque<>();

    /** Takes over something; its close must be harmless when repeated. */
    void add(Runnable closer) {
        closers.push(closer);
    }

    /** Closes all, even if some fail; the first failure is thrown with the others attached. */
    void close() {
        RuntimeException failure = null;
        while (!closers.isEmpty()) {
            try {
                closers.pop().run();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /** Closes all because of a failure that is about to be thrown. */
    void closeAfter(Throwable failure) {
        try {
            close();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }
}
