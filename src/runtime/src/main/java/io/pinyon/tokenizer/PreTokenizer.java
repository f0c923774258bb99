/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.util.ArrayList;
import java.util.List;

/** Cuts normalised text into the pieces that are encoded one by one. Implementations are immutable. */
@FunctionalInterface
interface PreTokenizer {
    PreTokenizer NONE = (piece, first, out) -> out.add(piece);

    /**
     * Appends the pieces of a piece; empty ones may be left out.
     *
     * @param first whether the piece begins the whole text
     */
    void split(String piece, boolean first, List<String> out);

    /** One after the other, each on all pieces of the one before. */
    static PreTokenizer sequence(List<PreTokenizer> steps) {
        return (piece, first, out) -> {
            List<String> pieces = List.of(piece);
            for (PreTokenizer step : steps) {
                List<String> finer = new ArrayList<>(pieces.size());
                for (int i = 0; i < pieces.size(); i++) {
                    step.split(pieces.get(i), first && i == 0, finer);
                }
                pieces = finer;
            }
            out.addAll(pieces);
        };
    }

    /**
     * Cuts around the matches of a pattern.
     *
     * @param invert treat what lies between the matches as the matches
     */
    static PreTokenizer split(TextPattern pattern, SplitBehavior behavior, boolean invert) {
        return (piece, first, out) -> {
            SplitBehavior.Cutter cutter = behavior.cutter(piece, invert, out);
            pattern.forEachMatch(piece, cutter::match);
            cutter.end();
        };
    }

    /** Cuts around runs (or single characters) of a class. */
    static PreTokenizer characters(CharacterClass members, SplitBehavior behavior) {
        return (piece, first, out) -> {
            SplitBehavior.Cutter cutter = behavior.cutter(piece, false, out);
            for (int at = 0; at < piece.length();) {
                int c = piece.codePointAt(at);
                int end = at + Character.charCount(c);
                if (members.contains(c)) {
                    cutter.match(at, end);
                }
                at = end;
            }
            cutter.end();
        };
    }

    /** Writes pieces in the alphabet of bytes. */
    static PreTokenizer bytes(boolean addSpace) {
        return (piece, first, out) -> out
                .add(ByteAlphabet.write(addSpace && !piece.startsWith(" ") ? " " + piece : piece));
    }

    /** Writes spaces as a visible character and cuts before each. */
    static PreTokenizer metaspace(String space, Prepend prepend, boolean split) {
        PreTokenizer cut = split(TextPattern.literal(space), SplitBehavior.MERGED_WITH_NEXT, false);
        return (piece, first, out) -> {
            String visible = piece.replace(" ", space);
            boolean add = prepend == Prepend.ALWAYS || (prepend == Prepend.FIRST && first);
            if (add && !visible.startsWith(space)) {
                visible = space + visible;
            }
            if (split) {
                cut.split(visible, first, out);
            } else {
                out.add(visible);
            }
        };
    }

    /** Where a space is put before the text. */
    enum Prepend {
        ALWAYS, FIRST, NEVER
    }

    /** A set of code points. */
    @FunctionalInterface
    interface CharacterClass {
        boolean contains(int codePoint);
    }
}
