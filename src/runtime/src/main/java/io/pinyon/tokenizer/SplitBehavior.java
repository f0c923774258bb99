/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.List;

/** What happens to the text that separates pieces. */
enum SplitBehavior {
    /** Separators vanish. */
    REMOVED,
    /** Each separator is a piece. */
    ISOLATED,
    /** A separator ends the piece before it. */
    MERGED_WITH_PREVIOUS,
    /** A separator begins the piece after it. */
    MERGED_WITH_NEXT,
    /** Separators that touch are one piece. */
    CONTIGUOUS;

    Cutter cutter(String text, boolean invert, List<String> out) {
        return new Cutter(text, invert, out);
    }

    /** Walks over one text and cuts it; takes the matches in order, then the end. */
    final class Cutter {
        private final String text;
        private final boolean invert;
        private final List<String> out;
        /** Begin of the piece that is still open. */
        private int open;
        /** End of what has been seen. */
        private int seen;
        private boolean afterSeparator;

        Cutter(String text, boolean invert, List<String> out) {
            this.text = text;
            this.invert = invert;
            this.out = out;
        }

        void match(int from, int to) {
            gap(from);
            step(to, !invert);
        }

        void end() {
            gap(text.length());
            emit(seen);
        }

        private void gap(int to) {
            if (to > seen) {
                step(to, invert);
            }
        }

        private void step(int to, boolean separator) {
            if (seen > open && cutsBefore(separator)) {
                emit(seen);
            }
            seen = to;
            afterSeparator = separator;
            if (separator && SplitBehavior.this == REMOVED) {
                open = to;
            }
        }

        private boolean cutsBefore(boolean separator) {
            return switch (SplitBehavior.this) {
                case REMOVED, ISOLATED -> true;
                case CONTIGUOUS -> separator != afterSeparator;
                case MERGED_WITH_PREVIOUS -> afterSeparator;
                case MERGED_WITH_NEXT -> separator;
            };
        }

        private void emit(int to) {
            if (to > open) {
                out.add(text.substring(open, to));
                open = to;
            }
        }
    }
}
