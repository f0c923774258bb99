/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

/** What bytes are for. */
public enum Purpose {
    /** Model weights, in whatever layout a device keeps them. */
    WEIGHTS,
    /** Cached keys and values. */
    KV,
    /** Hidden states, scores and logits of a step. */
    ACTIVATIONS,
    /** Buffers on the way between tiers. */
    STAGING
}
