/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.Workload;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.MemoryPlan.Item;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** What a {@link HostDevice} books for a workload. */
public final class HostPlan {
    private static final long ALIGNMENT = 64;
    private static final int SPARE = 8;

    private HostPlan() {}

    /** With the arrays that the ops of the device keep besides. */
    public static MemoryPlan of(Workload work, long scratchBytes) {
        List<Item> items = new ArrayList<>(List.of(
                new Item(Tier.MAPPED, Purpose.WEIGHTS, "weights, mapped from the file", work.matrixBytes()),
                new Item(Tier.HOST, Purpose.WEIGHTS, "norms and biases", work.vectorBytes()),
                new Item(Tier.HOST, Purpose.ACTIVATIONS, "working memory of a step", work.workingBytes()),
                new Item(Tier.HOST, Purpose.ACTIVATIONS, "arrays of the kernels", scratchBytes)));
        items.addAll(2, work.kvItems(Tier.HOST));
        if (work.places().disk() > 0) {
            items.add(new Item(Tier.HOST, Purpose.STAGING, "pages of two layers on their way from disk",
                    stagingBytes(work)));
        }
        return new MemoryPlan(items);
    }

    /**
     * Two areas, because while a layer attends to its pages those of the next are read; both grow with a session, and with
     * an eighth to spare.
     */
    private static long stagingBytes(Workload work) {
        long page = Math.ceilDiv(work.largestPageBytes(), ALIGNMENT) * ALIGNMENT;
        int pageTokens = work.layouts().getFirst().pageTokens();
        long area = 0;
        for (long from = 0; from < work.tokens(); from += work.maxRows()) {
            long pages = Math.ceilDiv(Math.min(work.tokens(), from + work.maxRows()), pageTokens);
            area = grown(area, Math.max(0, pages - work.places().own()) * page);
        }
        long settled = grown(area, work.places().disk() * page);
        // by the time that a step of one token has left its pages to the disk, they no longer take memory themselves
        int left = work.places().own() + work.places().disk() - work.pages();
        int areas = Math.min(2, work.layouts().size());
        return Math.max(areas * area, areas * settled - left * work.pageBytes());
    }

    private static long grown(long area, long needed) {
        return area < needed ? needed + needed / SPARE : area;
    }
}
