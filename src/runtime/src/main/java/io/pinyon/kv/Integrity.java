/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import io.pinyon.error.EngineException;

/** Comparison of what is counted with what is there. */
final class Integrity {
    private Integrity() {}

    /** Throws {@code PIN-KV-INTEGRITY} if two numbers differ. */
    static void check(String what, long actual, long expected) {
        if (actual != expected) {
            throw new EngineException("PIN-KV-INTEGRITY", what + ": " + actual + ", expected " + expected,
                    "this is a defect; please report it");
        }
    }
}
