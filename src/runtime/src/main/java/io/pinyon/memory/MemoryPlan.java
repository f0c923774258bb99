/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
     * @param tier where the bytes will lie
     * @param purpose what they are for
     * @param what the same for people, for example {@code weights}
     * @param bytes how many
     */
    public record Item(Tier tier, Purpose purpose, String what, long bytes) {}

    /** All that will lie on a tier. */
    public long bytes(Tier tier) {
        return items.stream().filter(item -> item.tier() == tier).mapToLong(Item::bytes).sum();
    }

    /**
     * Refuses a plan that is too large.
     *
     * @param where for example {@code cuda:0}
     * @param tier whose bytes count
     * @param available bytes that there are
     * @param remedy what would help
     * @throws MemoryException {@code PIN-MEMORY-PLAN} with all items of the tier
     */
    public void requireFit(String where, Tier tier, long available, String remedy) {
        if (bytes(tier) > available) {
            throw new MemoryException("PIN-MEMORY-PLAN",
                    "%s are needed on %s but there are %s: %s".formatted(Bytes.format(bytes(tier)), where,
                            Bytes.format(available), describe(tier)),
                    remedy);
        }
    }

    /**
     * Whether no tier holds more than there is.
     *
     * @param available bytes by tier; what has no entry is enough
     */
    public boolean fits(Map<Tier, Long> available) {
        return overflowing(available).isEmpty();
    }

    /**
     * Tiers that hold more than there is.
     *
     * @param available bytes by tier; what has no entry is enough
     */
    public List<Tier> overflowing(Map<Tier, Long> available) {
        return Arrays.stream(Tier.values()).filter(tier -> bytes(tier) > available.getOrDefault(tier, Long.MAX_VALUE))
                .toList();
    }

    /**
     * Refuses a plan that is too large for any tier.
     *
     * @param where for example {@code cuda:0}
     * @param available bytes by tier; what has no entry is enough
     * @param remedy what would help
     * @throws MemoryException {@code PIN-MEMORY-PLAN} with all items of all tiers that are too small
     */
    public void requireFit(String where, Map<Tier, Long> available, String remedy) {
        List<Tier> tooSmall = overflowing(available);
        if (!tooSmall.isEmpty()) {
            throw new MemoryException("PIN-MEMORY-PLAN", tooSmall.stream()
                    .map(tier -> "%s of %s memory are needed for %s but there are %s: %s".formatted(
                            Bytes.format(bytes(tier)), tier.name().toLowerCase(Locale.ROOT), where,
                            Bytes.format(available.get(tier)), describe(tier)))
                    .collect(Collectors.joining("; ")), remedy);
        }
    }

    private String describe(Tier tier) {
        return items.stream().filter(item -> item.tier() == tier)
                .map(item -> item.what() + " " + Bytes.format(item.bytes())).collect(Collectors.joining(", "));
    }
}
