/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Attention that compares instead of computing: every visible entry has to be read once, with the bytes stored there. */
final class RoundCheck {
    /** What a span should see. */
    private record Span(int from, int to, List<byte[]> pages, BitSet seen) {}

    private final SimulatedGpu simulated;
    private final long pageLists;
    private final int pageTokens;
    private final List<Span> spans = new ArrayList<>();
    private boolean begun;

    RoundCheck(SimulatedGpu simulated, long pageLists, int pageTokens) {
        this.simulated = simulated;
        this.pageLists = pageLists;
        this.pageTokens = pageTokens;
    }

    /** The next span sees these entries of its pages. */
    void expect(int from, int to, List<byte[]> pages) {
        spans.add(new Span(from, to, List.copyOf(pages), new BitSet()));
    }

    /** What a kernel does for all entries. */
    void all() {
        for (int s = 0; s < spans.size(); s++) {
            read(s, 0, Integer.MAX_VALUE);
        }
        finish();
    }

    /** What a kernel does in a round. */
    void round(AttentionKernels.Round round) {
        assertThat(round.first()).isEqualTo(!begun);
        begun = true;
        for (int s = 0; s < spans.size(); s++) {
            read(s, simulated.intAt(round.ranges() + 8L * s), simulated.intAt(round.ranges() + 8L * s + 4));
        }
        if (round.last()) {
            finish();
        }
    }

    private void read(int s, int from, int to) {
        Span span = spans.get(s);
        long list = simulated.longAt(pageLists + 8L * s);
        for (int entry = Math.max(from, span.from()); entry < Math.min(to, span.to()); entry++) {
            byte[] page = span.pages().get(entry / pageTokens);
            MemorySegment actual = simulated.at(simulated.longAt(list + 8L * (entry / pageTokens)), page.length);
            requireToken(page, actual, entry % pageTokens, pageTokens);
            assertThat(span.seen().get(entry)).as("entry %s was read before", entry).isFalse();
            span.seen().set(entry);
        }
    }

    private void finish() {
        for (Span span : spans) {
            assertThat(span.seen().cardinality()).isEqualTo(span.to() - span.from());
            assertThat(span.seen().length()).isEqualTo(span.to());
        }
    }

    /** Compares the tokens that were stored. */
    static void requireTokens(byte[] expected, MemorySegment actual, int pageTokens) {
        for (int slot = 0; slot < pageTokens; slot++) {
            requireToken(expected, actual, slot, pageTokens);
        }
    }

    private static void requireToken(byte[] expected, MemorySegment actual, int slot, int pageTokens) {
        int size = expected.length / pageTokens;
        if (expected[slot * size] != 0) {
            for (int i = slot * size; i < (slot + 1) * size; i++) {
                assertThat(actual.get(ValueLayout.JAVA_BYTE, i)).as("byte %s", i).isEqualTo(expected[i]);
            }
        }
    }
}
