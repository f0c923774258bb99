/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.List;
import java.util.Map;

/**
 * What a {@link MemoryAccount} held at one moment.
 *
 * @param items bytes by tier and purpose; pairs that never held any are left out
 * @param peakByTier the most bytes that each tier held at once
 */
public record MemorySnapshot(List<Item> items, Map<Tier, Long> peakByTier) {
    /** Copies its arguments. */
    public MemorySnapshot {
        items = List.copyOf(items);
        peakByTier = Map.copyOf(peakByTier);
    }

    /**
     * One row.
     *
     * @param tier where the bytes lie
     * @param purpose what they are for
     * @param bytes how many now
     * @param peakBytes how many at most
     */
    public record Item(Tier tier, Purpose purpose, long bytes, long peakBytes) {}

    /** The most bytes that a purpose held at once, summed over the tiers. */
    public long peak(Purpose purpose) {
        return items.stream().filter(item -> item.purpose() == purpose).mapToLong(Item::peakBytes).sum();
    }

    /** The bytes that a purpose holds now, summed over the tiers. */
    public long bytes(Purpose purpose) {
        return items.stream().filter(item -> item.purpose() == purpose).mapToLong(Item::bytes).sum();
    }
}
