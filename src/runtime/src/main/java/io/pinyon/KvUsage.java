/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.Map;

import io.pinyon.memory.Tier;

/**
 * Bytes of a session's keys and values.
 *
 * @param spec the KV specification, as it was understood
 * @param bytes bytes now, whole pages, also those that are shared with forks of the session
 * @param peakBytes the most bytes so far
 * @param fullBytes bytes that 16-bit keys and values of the same tokens take, without page rounding
 * @param bytesByTier where they lie now; tiers without any are left out
 * @param peakByTier the most bytes that lay on each tier so far, as seen at the end of steps
 */
public record KvUsage(String spec, long bytes, long peakBytes, long fullBytes, Map<Tier, Long> bytesByTier,
        Map<Tier, Long> peakByTier) {
    /** Copies the maps. */
    public KvUsage {
        bytesByTier = Map.copyOf(bytesByTier);
        peakByTier = Map.copyOf(peakByTier);
    }
}
