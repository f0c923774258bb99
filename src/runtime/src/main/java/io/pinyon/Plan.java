/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Tier;

/**
 * What a model and its sessions would hold at their peak.
 *
 * @param device the device that it is planned for
 * @param unusable why that device cannot be used here
 * @param contextLength tokens of each session
 * @param sessions number of sessions
 * @param kv KV specification, written out
 * @param prefillChunk most tokens of a prompt that run at once
 * @param memory bytes by tier and purpose
 * @param tier the device's own tier
 * @param available bytes that tiers may hold; a tier without an entry has no limit, or the device that knows it is not
 *     here
 * @param longestContext the longest context that fits, at most {@code contextLength}; 0 if none does
 * @param remedies what would make it fit, each by itself; empty if it fits
 */
public record Plan(String device, Optional<String> unusable, int contextLength, int sessions, String kv,
        int prefillChunk, MemoryPlan memory, Tier tier, Map<Tier, Long> available, int longestContext,
        List<String> remedies) {
    /** Copies its collections. */
    public Plan {
        available = Map.copyOf(available);
        remedies = List.copyOf(remedies);
    }

    /** Whether it fits; where it is not known how much there is, it does. */
    public boolean fits() {
        return memory.fits(available);
    }

    /**
     * Refuses a plan that does not fit.
     *
     * @throws io.pinyon.error.MemoryException {@code PIN-MEMORY-PLAN} with what needs how much on every tier that is too
     *     small, and remedies
     */
    public void requireFit() {
        memory.requireFit(device, available, String.join("; ", remedies));
    }
}
