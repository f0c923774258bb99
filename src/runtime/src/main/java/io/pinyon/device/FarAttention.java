/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/** How an accelerator attends to entries that are not in its own memory. */
public enum FarAttention {
    /** Whichever is the faster by what was measured on this machine. */
    AUTO,
    /** Pages are brought to the device, a group at a time. */
    FETCH,
    /** The host attends to them where they lie, and only its partial result goes to the device. */
    IN_PLACE
}
