/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.error.UsageException;

/** The positions that were taken out of a cache, in order. */
final class Gaps {
    /**
     * @param entry index of the entry that follows
     * @param positions how many are missing before it
     */
    private record Gap(int entry, int positions) {}

    private final int window;
    private List<Gap> gaps = List.of();

    /**
     * @param window entries that have to stay behind a gap
     */
    Gaps(int window) {
        this.window = window;
    }

    Gaps copy() {
        Gaps copy = new Gaps(window);
        copy.gaps = gaps;
        return copy;
    }

    /** All missing positions. */
    int positions() {
        return gaps.stream().mapToInt(Gap::positions).sum();
    }

    /** The entry behind the first gap; without gaps the largest number. */
    int first() {
        return gaps.isEmpty() ? Integer.MAX_VALUE : gaps.getFirst().entry();
    }

    /**
     * Takes entries out.
     *
     * @param entries of the cache
     * @param pageTokens what both ends are multiples of
     * @throws UsageException {@code PIN-KV-EXCISE} if that cannot be; nothing has changed then
     */
    void excise(int from, int to, int entries, int pageTokens) {
        String range = "the tokens from " + from + " to " + to + " of " + entries;
        if (from < 0 || to < from || to > entries) {
            throw new UsageException("PIN-KV-EXCISE", range + " cannot be taken out", "stay within what has run");
        }
        if (from % pageTokens != 0 || to % pageTokens != 0) {
            throw new UsageException("PIN-KV-EXCISE", range + " are not whole pages",
                    "use multiples of the " + pageTokens + " tokens of a page");
        }
        if (from < to && to - from == entries) {
            throw new UsageException("PIN-KV-EXCISE", range + " are all there are", "truncate to 0 instead");
        }
        if (from < to) {
            requireWindow(to, entries);
            List<Gap> next = new ArrayList<>();
            int missing = to - from;
            for (Gap gap : gaps) {
                missing += gap.entry() >= from && gap.entry() <= to ? gap.positions() : 0;
            }
            gaps.stream().filter(gap -> gap.entry() < from).forEach(next::add);
            next.add(new Gap(from, missing));
            gaps.stream().filter(gap -> gap.entry() > to)
                    .forEach(gap -> next.add(new Gap(gap.entry() - (to - from), gap.positions())));
            gaps = List.copyOf(next);
        }
    }

    /**
     * Forgets the gaps that lie before an entry that is forgotten.
     *
     * @param kept entries that stay
     * @param entries of the cache
     * @throws UsageException {@code PIN-KV-EXCISE} if too few stay behind a gap; nothing has changed then
     */
    void truncate(int kept, int entries) {
        if (kept < entries) {
            List<Gap> next = gaps.stream().filter(gap -> gap.entry() < kept).toList();
            if (!next.isEmpty()) {
                requireWindow(next.getLast().entry(), kept);
            }
            gaps = next;
        }
    }

    private void requireWindow(int behind, int entries) {
        if (entries - behind < window) {
            throw new UsageException("PIN-KV-EXCISE",
                    (entries - behind) + " tokens behind those taken out are less than the sliding window of " + window,
                    "leave at least " + window + " tokens behind them");
        }
    }
}
