/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.List;

import io.pinyon.device.Workload;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.MemoryPlan.Item;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

/** What a {@link HostDevice} books for a workload. */
public final class HostPlan {
    private HostPlan() {}

    /** With the arrays that the ops of the device keep besides. */
    public static MemoryPlan of(Workload work, long scratchBytes) {
        return new MemoryPlan(List.of(
                new Item(Tier.MAPPED, Purpose.WEIGHTS, "weights, mapped from the file", work.matrixBytes()),
                new Item(Tier.HOST, Purpose.WEIGHTS, "norms and biases", work.vectorBytes()),
                new Item(Tier.HOST, Purpose.KV, "KV pages", work.kvBytes()),
                new Item(Tier.HOST, Purpose.ACTIVATIONS, "working memory of a step", work.workingBytes()),
                new Item(Tier.HOST, Purpose.ACTIVATIONS, "arrays of the kernels", scratchBytes)));
    }
}
