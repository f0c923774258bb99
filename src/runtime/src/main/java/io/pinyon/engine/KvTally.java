/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;
import io.pinyon.kv.KvCache;
import io.pinyon.memory.Tier;

/**
 * Bytes of a cache's pages by tier. One thread measures; any may ask, also meanwhile. Pages move when any cache needs room,
 * so what is asked is counted then, not when it was measured.
 */
final class KvTally {
    private final Map<Tier, Long> peaks = new EnumMap<>(Tier.class);
    private volatile List<KvView> views = List.of();
    private long measured;

    /** Looks which pages there are; counts them only if their number has changed. */
    void measure(KvCache cache) {
        views = IntStream.range(0, cache.layers()).mapToObj(cache::view).toList();
        long bytes = cache.bytes();
        if (bytes != measured) {
            measured = bytes;
            now();
        }
    }

    /** Forgets the pages, because they are given back; the peaks stay. */
    void clear() {
        views = List.of();
        measured = 0;
    }

    /** Bytes now. */
    Map<Tier, Long> now() {
        var bytes = new EnumMap<Tier, Long>(Tier.class);
        for (KvView view : views) {
            for (KvPage page : view.pages()) {
                bytes.merge(page.tier(), page.bytes(), Long::sum);
            }
        }
        synchronized (peaks) {
            bytes.forEach((tier, count) -> peaks.merge(tier, count, Math::max));
        }
        return bytes;
    }

    /** The most bytes that were ever counted. */
    Map<Tier, Long> peaks() {
        synchronized (peaks) {
            return Map.copyOf(peaks);
        }
    }
}
