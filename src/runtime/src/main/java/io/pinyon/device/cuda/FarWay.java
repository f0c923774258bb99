/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.FarAttention;

/**
 * Which far pages in page-locked memory the host attends to where they lie, and which are brought to the device.
 *
 * @param far what was asked for
 * @param fetchRate bytes a second to the device
 * @param hostRate bytes of pages a second that the host attends to
 */
record FarWay(FarAttention far, double fetchRate, double hostRate) {
    /** What asking the host costs, in seconds: two copies, and twice waiting for the device. */
    static final double LATENCY = 60e-6;
    private static final double NEWEST = 0.25;
    private static final double NOTICED = 0.1;

    /**
     * The pages of a run that the host attends to. Both work at the same time, so the best is where both end together.
     *
     * @param pages of the run
     * @param pageBytes of each
     */
    int inPlace(int pages, long pageBytes) {
        return switch (far) {
            case FETCH -> 0;
            case IN_PLACE -> pages;
            case AUTO -> {
                double seconds = pages * (double) pageBytes / fetchRate - LATENCY;
                double bytes = seconds / (1 / fetchRate + 1 / hostRate);
                yield (int) Math.clamp(Math.floor(bytes / pageBytes), 0, pages);
            }
        };
    }

    /** Whether the host is so much faster or slower than in another way that pages should be divided anew. */
    boolean differs(FarWay other) {
        return Math.abs(hostRate / other.hostRate - 1) > NOTICED;
    }

    /** With what one more step has shown. */
    FarWay measured(long bytes, double seconds) {
        return new FarWay(far, fetchRate, (1 - NEWEST) * hostRate + NEWEST * bytes / Math.max(seconds, 1e-9));
    }
}
