/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.Optional;
import java.util.OptionalLong;

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
 * @param tier the device's own tier, whose bytes have to fit
 * @param available bytes that this tier may hold; empty if the device is not here and there is no limit
 * @param longestContext the longest context that fits, at most {@code contextLength}; 0 if none does
 */
public record Plan(String device, Optional<String> unusable, int contextLength, int sessions, String kv,
        int prefillChunk, MemoryPlan memory, Tier tier, OptionalLong available, int longestContext) {
    /** Whether it fits; where it is not known how much there is, it does. */
    public boolean fits() {
        return available.isEmpty() || memory.bytes(tier) <= available.getAsLong();
    }

    /**
     * Refuses a plan that does not fit.
     *
     * @throws io.pinyon.error.MemoryException {@code PIN-MEMORY-PLAN} with what needs how much, and remedies
     */
    public void requireFit() {
        if (available.isPresent()) {
            memory.requireFit(device, tier, available.getAsLong(), remedies());
        }
    }

    private String remedies() {
        String shorter = longestContext > 0
                ? "shorten the context to " + longestContext + " tokens"
                : "a shorter context alone does not help";
        return shorter + "; choose a smaller KV format or smaller weights; use another device or a larger budget";
    }
}
