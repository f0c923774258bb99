/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.memory;

import java.util.EnumMap;
import java.util.Map;

import io.pinyon.error.MemoryException;

/**
 * Counts bytes where they are allocated, by {@link Tier} and {@link Purpose}, with the peak of each.
 *
 * <p>Every allocation takes a {@link Lease}; closing the lease gives the bytes back. An account may carry a limit per
 * tier; a lease that would exceed it is refused with an itemised {@link MemoryException} and changes nothing.
 * Safe for use by several threads.
 */
public final class MemoryAccount {
    private final Map<Tier, Long> limits = new EnumMap<>(Tier.class);
    private final long[][] current = new long[Tier.values().length][Purpose.values().length];
    private final long[][] peak = new long[Tier.values().length][Purpose.values().length];
    private final long[] tierPeak = new long[Tier.values().length];

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
     * Books bytes.
     *
     * @return the proof of booking; close it when the memory is released
     * @throws MemoryException {@code PIN-MEMORY-BUDGET} if the tier's limit would be exceeded
     */
    public synchronized Lease reserve(Tier tier, Purpose purpose, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes);
        }
        long used = used(tier);
        Long limit = limits.get(tier);
        if (limit != null && bytes > limit - used) {
            throw new MemoryException("PIN-MEMORY-BUDGET",
                    "%s for %s exceed the budget of %s on %s (in use: %s)".formatted(Bytes.format(bytes), purpose,
                            Bytes.format(limit), tier, items(tier)),
                    "raise the budget, shorten the context, or choose a smaller KV format");
        }
        int t = tier.ordinal();
        int p = purpose.ordinal();
        current[t][p] += bytes;
        peak[t][p] = Math.max(peak[t][p], current[t][p]);
        tierPeak[t] = Math.max(tierPeak[t], used + bytes);
        return new Lease(this, tier, purpose, bytes);
    }

    /** Bytes now and at their peak, of every tier and purpose that ever held any. */
    public synchronized MemorySnapshot snapshot() {
        var items = new java.util.ArrayList<MemorySnapshot.Item>();
        for (Tier tier : Tier.values()) {
            for (Purpose purpose : Purpose.values()) {
                long most = peak[tier.ordinal()][purpose.ordinal()];
                if (most > 0) {
                    items.add(new MemorySnapshot.Item(tier, purpose, current[tier.ordinal()][purpose.ordinal()], most));
                }
            }
        }
        var peaks = new EnumMap<Tier, Long>(Tier.class);
        for (Tier tier : Tier.values()) {
            peaks.put(tier, tierPeak[tier.ordinal()]);
        }
        return new MemorySnapshot(items, peaks);
    }

    synchronized void release(Tier tier, Purpose purpose, long bytes) {
        current[tier.ordinal()][purpose.ordinal()] -= bytes;
    }

    private long used(Tier tier) {
        long sum = 0;
        for (long bytes : current[tier.ordinal()]) {
            sum += bytes;
        }
        return sum;
    }

    private String items(Tier tier) {
        var text = new StringBuilder();
        for (Purpose purpose : Purpose.values()) {
            long bytes = current[tier.ordinal()][purpose.ordinal()];
            if (bytes > 0) {
                text.append(text.isEmpty() ? "" : ", ").append(purpose).append(' ').append(Bytes.format(bytes));
            }
        }
        return text.isEmpty() ? "nothing" : text.toString();
    }
}
