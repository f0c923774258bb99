/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

/**
 * Where the pages of a cache may lie. The newest pages are nearest: those of the last positions on the device, those before
 * them in host memory, the oldest on disk. Pages that a step writes are on the device whatever the limit.
 *
 * @param movable whether pages may leave the device's own memory at all
 * @param device how much may lie on the device; on a device that is the host, the two limits add up
 * @param host how much may lie in host memory; what is more goes to disk
 */
public record Placement(boolean movable, Limit device, Limit host) {
    /** Everything on the device, always. */
    public static final Placement DEVICE = new Placement(false, Limit.NONE, Limit.NONE);

    /** Wherever there is room. */
    public static final Placement TIERS = new Placement(true, Limit.NONE, Limit.NONE);
}
