/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * How many pages of a session lie where at most, in each layer. What is near while a step writes it may be far afterwards,
 * so the numbers may add up to more than there are.
 *
 * @param movable whether the device's tiers are open, so that pages may lie elsewhere than in its own memory
 * @param own in the device's own memory
 * @param host in host memory, where that is not the device's own
 * @param disk in a page file
 */
public record KvPlaces(boolean movable, int own, int host, int disk) {
    /** Everything in the device's own memory, for good. */
    static KvPlaces own(int pages) {
        return new KvPlaces(false, pages, 0, 0);
    }

    /** Pages outside of the device's own memory. */
    public int far() {
        return host + disk;
    }

    /**
     * The most pages of a layer of a session that may lie where.
     *
     * @param movable whether pages may leave the device's own memory
     * @param own in the device's own memory; what a step writes is there in any case
     * @param host in host memory; where that is the device's own, the two add up
     */
    public record Most(boolean movable, int own, int host) {}
}
