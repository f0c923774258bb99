/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Workload;
import io.pinyon.memory.MemoryPlan.Item;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** What a {@link CudaDevice} books besides, once pages lie elsewhere than in its own memory. */
final class TierPlan {
    private TierPlan() {}

    /**
     * Nothing if pages never leave the device.
     *
     * @param groupBytes bytes of a buffer for a group of pages
     * @param store whether there is a page file
     */
    static List<Item> items(Workload work, long groupBytes, boolean store) {
        List<Item> items = new ArrayList<>();
        if (work.places().movable()) {
            long group = Math.max(groupBytes, work.largestPageBytes());
            items.add(new Item(Tier.DEVICE, Purpose.STAGING, "two groups of pages on their way", 2 * group));
            if (work.places().far() > 0) {
                items.add(new Item(Tier.DEVICE, Purpose.STAGING, "attention to the groups so far", stateBytes(work)));
            }
            if (store) {
                items.add(new Item(Tier.HOST, Purpose.STAGING, "page-locked buffers for pages from disk", 2 * group));
            }
        }
        return items;
    }

    /** For every row and head of a step its maximum and sum, and the weighted sum of its values. */
    private static long stateBytes(Workload work) {
        AttentionSpec spec = work.attention();
        return Float.BYTES * (long) work.maxRows() * spec.heads() * (spec.valueDim() + 2);
    }
}
