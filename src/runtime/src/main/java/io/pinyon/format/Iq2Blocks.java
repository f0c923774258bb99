/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.u16;
import static io.pinyon.format.BlockBits.u32;
import static io.pinyon.format.BlockBits.u8;

/**
 * About two bits a weight, 256 to a block: groups of eight weights are an entry of a {@link Codebook} of magnitudes
 * plus eight signs. The scale of a sub-block is {@code d (s + 1/2) / 4} with a four-bit {@code s}.
 */
final class Iq2Blocks {
    private Iq2Blocks() {}

    /**
     * IQ2_XXS, 66 bytes: half d, then for every 32 weights four 8-bit indices and a word of four 7-bit sign sets and
     * the scale on top.
     */
    static void decodeXxs(byte[] b, int at, float[] y, int to) {
        Codebook book = Codebook.IQ2_XXS;
        float d = f16(b, at);
        for (int sub = 0; sub < 8; sub++) {
            int indices = at + 2 + sub * 8;
            int word = u32(b, indices + 4);
            float scale = d * (0.5f + (word >>> 28)) * 0.25f;
            for (int group = 0; group < 4; group++) {
                int signs = Codebook.evenSigns((word >>> (7 * group)) & 127);
                book.signed(u8(b, indices + group), signs, scale, y, to + sub * 32 + group * 8);
            }
        }
    }

    /** IQ2_XS, 74 bytes: half d, 32 words of a 9-bit index and a 7-bit sign set, 16 scale nibbles. */
    static void decodeXs(byte[] b, int at, float[] y, int to) {
        Codebook book = Codebook.IQ2_XS;
        float d = f16(b, at);
        for (int group = 0; group < 32; group++) {
            int word = u16(b, at + 2 + group * 2);
            float scale = d * (0.5f + nibble(b, at + 66, group / 2)) * 0.25f;
            book.signed(word & 511, Codebook.evenSigns(word >> 9), scale, y, to + group * 8);
        }
    }

    /** IQ2_S, 82 bytes: half d, 32 index bytes, 32 sign bytes, 8 bytes of upper index pairs, 16 scale nibbles. */
    static void decodeS(byte[] b, int at, float[] y, int to) {
        Codebook book = Codebook.IQ2_S;
        float d = f16(b, at);
        for (int group = 0; group < 32; group++) {
            int upper = (b[at + 66 + group / 4] >> (group % 4 * 2)) & 3;
            int index = u8(b, at + 2 + group) | (upper << 8);
            float scale = d * (0.5f + nibble(b, at + 74, group / 2)) * 0.25f;
            book.signed(index, b[at + 34 + group], scale, y, to + group * 8);
        }
    }

    static int nibble(byte[] b, int at, int index) {
        return (b[at + index / 2] >> (index % 2 * 4)) & 15;
    }
}
