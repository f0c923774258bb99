/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

import io.pinyon.error.MemoryException;

/**
 * Counts bytes where they are allocated, by {@link Tier} and {@link Purpose}, with the peak of each.
 *
 * <p>Every allocation takes a {@link Lease}; closing the lease gives the bytes back. An account may carry a limit per
 * tier; a lease that would exceed it is refused with an itemised {@link MemoryException} and changes nothing.
 * Safe for use by several threads.
 */
public final class MemoryAccount {
    private record Key(Tier tier, Purpose purpose) {}

    private static final class Counter {
        private long bytes;
        private long peak;

        private void add(long delta) {
            bytes += delta;
            peak = Math.max(peak, bytes);
        }
    }

    private final Map<Tier, Long> limits = new EnumMap<>(Tier.class);
    private final Map<Tier, Counter> tiers = new EnumMap<>(Tier.class);
    private final Map<Key, Counter> counters = new LinkedHashMap<>();

    /** An account without limits. */
    public MemoryAccount() {}

    /**
     * Sets the most bytes that all purposes of a tier together may hold.
     *
     * @param tier the tier to limit
     * @param bytes upper bound, at least 0
     */
    public synchronized void limit(Tier tier, long bytes) {
        limits.put(tier, bytes);
    }

    /**
     * Sets the limits of a budget.
     *
     * @param own the tier of the device's own memory
     * @throws io.pinyon.error.UsageException {@code PIN-OPTION-BUDGET} as {@link MemoryBudget#limits}
     */
    public void limit(MemoryBudget budget, Tier own) {
        budget.limits(own).forEach(this::limit);
    }

    /** Bytes that a tier may still hold; empty without a limit. */
    public synchronized OptionalLong remaining(Tier tier) {
        Long limit = limits.get(tier);
        Counter total = tiers.get(tier);
        return limit == null
                ? OptionalLong.empty()
                : OptionalLong.of(limit - (total == null ? 0 : total.bytes));
    }

    /**
     * Books bytes.
     *
     * @return the proof of booking; close it when the memory is released
     * @throws MemoryException {@code PIN-MEMORY-BUDGET} if the tier's limit would be exceeded
     */
    public synchronized Lease reserve(Tier tier, Purpose purpose, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes);
        }
        Counter total = tiers.computeIfAbsent(tier, _ -> new Counter());
        Long limit = limits.get(tier);
        if (limit != null && bytes > limit - total.bytes) {
            throw new MemoryException("PIN-MEMORY-BUDGET",
                    "%s for %s exceed the budget of %s on %s (in use: %s)".formatted(Bytes.format(bytes), purpose,
                            Bytes.format(limit), tier, describe(tier)),
                    "raise the budget, shorten the context, or choose a smaller KV format");
        }
        total.add(bytes);
        counters.computeIfAbsent(new Key(tier, purpose), _ -> new Counter()).add(bytes);
        return new Lease(this, tier, purpose, bytes);
    }

    /** Bytes now and at their peak, of every tier and purpose that ever held any. */
    public synchronized MemorySnapshot snapshot() {
        var items = counters.entrySet().stream().map(entry -> new MemorySnapshot.Item(entry.getKey().tier(),
                entry.getKey().purpose(), entry.getValue().bytes, entry.getValue().peak)).toList();
        var peaks = new EnumMap<Tier, Long>(Tier.class);
        tiers.forEach((tier, counter) -> peaks.put(tier, counter.peak));
        return new MemorySnapshot(items, peaks);
    }

    synchronized void release(Tier tier, Purpose purpose, long bytes) {
        tiers.computeIfAbsent(tier, _ -> new Counter()).add(-bytes);
        counters.computeIfAbsent(new Key(tier, purpose), _ -> new Counter()).add(-bytes);
    }

    /** What a tier holds now by purpose, for people. */
    public synchronized String describe(Tier tier) {
        String text = counters.entrySet().stream().filter(entry -> entry.getKey().tier() == tier)
                .filter(entry -> entry.getValue().bytes > 0)
                .map(entry -> entry.getKey().purpose() + " " + Bytes.format(entry.getValue().bytes))
                .collect(Collectors.joining(", "));
        return text.isEmpty() ? "nothing" : text;
    }
}
