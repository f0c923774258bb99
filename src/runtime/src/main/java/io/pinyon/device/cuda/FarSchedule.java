/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * In which rounds a layer's entries are attended to, if not all of their pages are in device memory: first every span's
 * entries behind its last far page, and then group by group, as many far pages at a time as a buffer holds, with the
 * resident ones between them. Every entry of every span is in exactly one round, but for those that the host attends to.
 *
 * @param rounds in order
 */
record FarSchedule(List<Round> rounds) {
    /**
     * The pages of a sequence that a step reads.
     *
     * @param firstPage first page with an entry that some row sees
     * @param pages pages up to the last that has an entry
     * @param far those that are not in device memory; others may be set
     * @param inPlace first of the pages up to the last far one that the host attends to; at or behind the last far one if
     *     there are none
     */
    record Span(int firstPage, int pages, BitSet far, int inPlace) {
        /** The page behind the last far one. */
        int tail() {
            return tail(firstPage, pages, far);
        }

        /** The same of a span before it is known what the host attends to. */
        static int tail(int firstPage, int pages, BitSet far) {
            return Math.max(firstPage, far.previousSetBit(pages - 1) + 1);
        }
    }

    /** Entries {@code from} to {@code to - 1} of a span. */
    record Range(int from, int to) {
        private static final Range NONE = new Range(0, 0);
    }

    /**
     * A far page of a group.
     *
     * @param span whose
     * @param page which one of the span
     * @param place where in the buffer, in pages
     */
    record FarPage(int span, int page, int place) {}

    /**
     * What is attended to at once.
     *
     * @param ranges one for each span
     * @param far pages that are brought for it; none in the round of resident ones
     */
    record Round(List<Range> ranges, List<FarPage> far) {}

    /** Copies the list. */
    FarSchedule {
        rounds = List.copyOf(rounds);
    }

    /**
     * The rounds of a layer.
     *
     * @param spans of the step
     * @param pageTokens entries of a page
     * @param pagesOfGroup pages that a buffer holds, at least 1
     */
    static FarSchedule of(List<Span> spans, int pageTokens, int pagesOfGroup) {
        List<Round> rounds = new ArrayList<>();
        var resident = new Group(spans.size(), pageTokens);
        for (int s = 0; s < spans.size(); s++) {
            for (int page = spans.get(s).tail(); page < spans.get(s).pages(); page++) {
                resident.extend(s, page);
            }
        }
        resident.addTo(rounds);
        var group = new Group(spans.size(), pageTokens);
        for (int s = 0; s < spans.size(); s++) {
            Span span = spans.get(s);
            for (int page = span.firstPage(); page < Math.min(span.inPlace(), span.tail()); page++) {
                if (span.far().get(page)) {
                    if (group.far.size() == pagesOfGroup) {
                        group.addTo(rounds);
                        group = new Group(spans.size(), pageTokens);
                    }
                    group.far.add(new FarPage(s, page, group.far.size()));
                }
                group.extend(s, page);
            }
        }
        group.addTo(rounds);
        return new FarSchedule(rounds);
    }

    /** Rounds for which pages are brought. */
    int groups() {
        return (int) rounds.stream().filter(round -> !round.far().isEmpty()).count();
    }

    /** A round that is being put together. */
    private static final class Group {
        private final int pageTokens;
        private final int[] from;
        private final int[] to;
        private final List<FarPage> far = new ArrayList<>();

        Group(int spans, int pageTokens) {
            this.pageTokens = pageTokens;
            from = new int[spans];
            to = new int[spans];
        }

        /** Adds a page, which follows those of the span that are in the group. */
        void extend(int span, int page) {
            if (to[span] == 0) {
                from[span] = page * pageTokens;
            }
            to[span] = (page + 1) * pageTokens;
        }

        void addTo(List<Round> rounds) {
            List<Range> ranges = new ArrayList<>();
            boolean any = false;
            for (int s = 0; s < to.length; s++) {
                any |= to[s] > 0;
                ranges.add(to[s] == 0 ? Range.NONE : new Range(from[s], to[s]));
            }
            if (any) {
                rounds.add(new Round(List.copyOf(ranges), List.copyOf(far)));
            }
        }
    }
}
