/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.List;

/**
 * Options with which a model and its sessions fit in memory.
 *
 * @param model how to load the model
 * @param session how to open each session
 * @param plan what they will hold
 * @param changes what differs from what was asked for, in the order in which it was given up; empty if nothing does
 */
public record Fit(ModelOptions model, SessionOptions session, Plan plan, List<Change> changes) {
    /** Copies the list. */
    public Fit {
        changes = List.copyOf(changes);
    }

    /**
     * One thing that was given up.
     *
     * @param what for example {@code prefill chunk}
     * @param before what was asked for
     * @param after what is used instead
     * @param effect what that gives, for example {@code saves 81.0 MiB}
     */
    public record Change(String what, String before, String after, String effect) {
        /** For example {@code prefill chunk 512 -> 256: saves 81.0 MiB}. */
        @Override
        public String toString() {
            return what + " " + before + " -> " + after + ": " + effect;
        }
    }
}
