/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

import io.pinyon.device.contract.Seeds;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class FarScheduleTest {
    private static FarSchedule.Span span(int firstPage, String pages) {
        var far = new BitSet();
        int inPlace = pages.indexOf('h');
        for (int i = 0; i < pages.length(); i++) {
            far.set(i, pages.charAt(i) != 'r');
        }
        return new FarSchedule.Span(firstPage, pages.length(), far, inPlace < 0 ? pages.length() : inPlace);
    }

    private static String describe(FarSchedule schedule) {
        var text = new StringBuilder();
        for (FarSchedule.Round round : schedule.rounds()) {
            for (FarSchedule.Range range : round.ranges()) {
                text.append(range.from()).append('-').append(range.to()).append(' ');
            }
            text.append(round.far().size()).append("; ");
        }
        return text.toString().strip();
    }

    @Test
    void theResidentTailComesFirstThenGroups() {
        assertThat(describe(FarSchedule.of(List.of(span(0, "fffrfrr")), 4, 2))).isEqualTo("20-28 0; 0-8 2; 8-20 2;");
        assertThat(describe(FarSchedule.of(List.of(span(0, "ff")), 4, 2))).isEqualTo("0-8 2;");
        assertThat(describe(FarSchedule.of(List.of(span(0, "rr")), 4, 2))).isEqualTo("0-8 0;");
    }

    @Test
    void spansShareGroups() {
        assertThat(describe(FarSchedule.of(List.of(span(0, "ffr"), span(0, "rrr"), span(0, "frf")), 16, 3)))
                .isEqualTo("32-48 0-48 0-0 0; 0-32 0-0 0-32 3; 0-0 0-0 32-48 1;");
    }

    @Test
    void whatNoRowSeesIsNotBrought() {
        assertThat(describe(FarSchedule.of(List.of(span(2, "fffrr")), 4, 8))).isEqualTo("12-20 0; 8-12 1;");
        assertThat(describe(FarSchedule.of(List.of(span(3, "fffrr")), 4, 8))).isEqualTo("12-20 0;");
    }

    @Test
    void whatTheHostAttendsToIsInNoRound() {
        assertThat(describe(FarSchedule.of(List.of(span(0, "ffhhrr")), 4, 8))).isEqualTo("16-24 0; 0-8 2;");
        assertThat(describe(FarSchedule.of(List.of(span(0, "hhr"), span(0, "ff")), 4, 8)))
                .isEqualTo("8-12 0-0 0; 0-0 0-8 2;");
        assertThat(describe(FarSchedule.of(List.of(span(0, "rrhh")), 4, 8))).isEqualTo("0-8 0;");
        assertThat(describe(FarSchedule.of(List.of(span(0, "hh")), 4, 8))).isEmpty();
    }

    @Test
    void everyEntryIsInOneRoundAndNoGroupIsTooLarge() {
        Random random = Seeds.random("schedules");
        for (int i = 0; i < 3_000; i++) {
            int pageTokens = 1 << random.nextInt(7);
            int pagesOfGroup = 1 + random.nextInt(6);
            List<FarSchedule.Span> spans = new ArrayList<>();
            for (int s = 1 + random.nextInt(4); s > 0; s--) {
                int pages = 1 + random.nextInt(20);
                var far = new BitSet();
                int share = random.nextInt(5);
                for (int page = 0; page < pages + 2; page++) {
                    far.set(page, random.nextInt(4) < share);
                }
                int first = random.nextInt(pages);
                int tail = FarSchedule.Span.tail(first, pages, far);
                spans.add(new FarSchedule.Span(first, pages, far,
                        random.nextBoolean() ? pages : first + random.nextInt(tail - first + 1)));
            }
            require(FarSchedule.of(spans, pageTokens, pagesOfGroup), spans, pageTokens, pagesOfGroup);
        }
    }

    private static void require(FarSchedule schedule, List<FarSchedule.Span> spans, int pageTokens, int pagesOfGroup) {
        Set<Long> seen = new HashSet<>();
        int brought = 0;
        for (int r = 0; r < schedule.rounds().size(); r++) {
            FarSchedule.Round round = schedule.rounds().get(r);
            assertThat(round.ranges()).hasSameSizeAs(spans);
            assertThat(round.far()).hasSizeLessThanOrEqualTo(pagesOfGroup);
            Set<Long> here = new HashSet<>();
            for (int place = 0; place < round.far().size(); place++) {
                FarSchedule.FarPage page = round.far().get(place);
                assertThat(page.place()).isEqualTo(place);
                here.add((long) page.span() << 32 | page.page());
            }
            brought += round.far().size();
            for (int s = 0; s < spans.size(); s++) {
                FarSchedule.Range range = round.ranges().get(s);
                for (int entry = range.from(); entry < range.to(); entry++) {
                    assertThat(seen.add((long) s << 32 | entry)).as("entry %s of %s is new", entry, s).isTrue();
                    int page = entry / pageTokens;
                    if (spans.get(s).far().get(page)) {
                        assertThat(here).contains((long) s << 32 | page);
                    }
                }
            }
        }
        int entries = 0;
        int far = 0;
        for (FarSchedule.Span span : spans) {
            int left = Math.min(span.inPlace(), span.tail());
            entries += (span.pages() - span.tail() + left - span.firstPage()) * pageTokens;
            far += span.far().get(span.firstPage(), left).cardinality();
        }
        assertThat(seen).hasSize(entries);
        assertThat(brought).isEqualTo(far);
    }
}
