/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import io.pinyon.memory.Tier;

/**
 * Where the pages of one layer of a cache should lie: those from {@code firstNear} on in the device's own memory, those
 * from {@code firstHost} on before them in host memory, the rest on disk.
 *
 * @param firstNear index of the first page in the device's own memory
 * @param firstHost index of the first page in host memory, at most {@code firstNear}
 */
public record Split(int firstNear, int firstHost) {
    /**
     * Applies a placement.
     *
     * @param own tier of the device's own memory
     * @param farthest the farthest tier that is open
     * @param capacityPages pages of the layer when the cache is full
     * @param bytes of one page of every layer together
     * @param pages pages that the layer has or is about to have
     * @param written how many of the last of them the step writes; they are near whatever the limit
     */
    public static Split of(Placement placement, Tier own, Tier farthest, int capacityPages, long bytes, int pages,
            int written) {
        if (!placement.movable() || farthest == own) {
            return new Split(0, 0);
        }
        int device = placement.device().pages(capacityPages, bytes);
        int host = farthest == Tier.HOST ? capacityPages : placement.host().pages(capacityPages, bytes);
        // a device that is the host has the room of both
        int near = own == Tier.HOST ? (int) Math.min(capacityPages, (long) device + host) : device;
        int firstNear = Math.max(0, pages - Math.max(near, written));
        int firstHost = own == Tier.HOST ? firstNear : Math.max(0, firstNear - host);
        return new Split(firstNear, firstHost);
    }

    /**
     * The tier of a page.
     *
     * @param own tier of the device's own memory
     */
    public Tier tier(int page, Tier own) {
        if (page >= firstNear) {
            return own;
        }
        return page >= firstHost ? Tier.HOST : Tier.DISK;
    }
}
