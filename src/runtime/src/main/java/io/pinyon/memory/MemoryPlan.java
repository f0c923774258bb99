/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.List;
import java.util.stream.Collectors;

import io.pinyon.error.MemoryException;

/**
 * Bytes that something will need, before any is allocated.
 *
 * @param items what for
 */
public record MemoryPlan(List<Item> items) {
    /** Copies the list. */
    public MemoryPlan {
        items = List.copyOf(items);
    }

    /**
     * One row.
     *
     * @param what for people, for example {@code weights}
     * @param bytes how many
     */
    public record Item(String what, long bytes) {}

    /** All of it. */
    public long bytes() {
        return items.stream().mapToLong(Item::bytes).sum();
    }

    /**
     * Refuses a plan that is too large.
     *
     * @param where for example {@code cuda:0}
     * @param available bytes that there are
     * @throws MemoryException {@code PIN-MEMORY-PLAN} with all items
     */
    public void requireFit(String where, long available) {
        if (bytes() > available) {
            throw new MemoryException("PIN-MEMORY-PLAN",
                    "%s are needed on %s but %s are free: %s".formatted(Bytes.format(bytes()), where,
                            Bytes.format(available), describe()),
                    "close what else uses the device, choose a smaller model or format, or use --device cpu");
        }
    }

    private String describe() {
        return items.stream().map(item -> item.what() + " " + Bytes.format(item.bytes()))
                .collect(Collectors.joining(", "));
    }
}
