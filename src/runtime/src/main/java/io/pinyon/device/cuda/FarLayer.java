/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;

import io.pinyon.device.KvView;

/**
 * The rounds of one layer of a table, with the pages to bring for each and the ranges in device memory.
 *
 * @param table whose
 * @param index which layer
 * @param version differs for every other content
 * @param schedule the rounds
 * @param pages for each round its far pages, in the order of the schedule
 * @param ranges device address of {@code int2[rounds][spans]}
 * @param spans of the step
 * @param firstBuffer buffer of the first group
 * @param inPlace what the host attends to
 */
record FarLayer(FarTable table, int index, long version, FarSchedule schedule, List<List<CudaPage>> pages, long ranges,
        int spans, int firstBuffer, List<InPlace> inPlace) {
    private static final int INT2 = 8;

    /**
     * Entries of a span that the host attends to.
     *
     * @param span which
     * @param view their pages; others stand in for those outside of them
     * @param from first entry
     * @param to entry after the last
     * @param bytes of the pages
     */
    record InPlace(int span, KvView view, int from, int to, long bytes) {}

    /** Number of rounds. */
    int rounds() {
        return schedule.rounds().size();
    }

    /** Rounds for which pages are brought. */
    int groups() {
        return schedule.groups();
    }

    /** The group of a round; negative if none is brought for it. */
    int groupOf(int round) {
        if (pages.get(round).isEmpty()) {
            return -1;
        }
        return (int) pages.subList(0, round).stream().filter(brought -> !brought.isEmpty()).count();
    }

    /** The round of a group. */
    int roundOf(int group) {
        int round = 0;
        for (int left = group; left > 0 || pages.get(round).isEmpty(); round++) {
            left -= pages.get(round).isEmpty() ? 0 : 1;
        }
        return round;
    }

    /** The buffer that a group is brought to. */
    int buffer(int group) {
        return (firstBuffer + group) % GroupBuffers.COUNT;
    }

    /** Device address of the ranges of a round. */
    long ranges(int round) {
        return ranges + (long) INT2 * spans * round;
    }

    /** Bytes of the ranges of so many rounds. */
    static long rangeBytes(int rounds, int spans) {
        return (long) INT2 * spans * rounds;
    }
}
