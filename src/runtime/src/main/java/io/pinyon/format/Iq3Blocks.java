/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.u32;
import static io.pinyon.format.BlockBits.u8;

/** About three bits a weight, 256 to a block: groups of four magnitudes from a {@link Codebook}, signs apart. */
final class Iq3Blocks {
    private Iq3Blocks() {}

    /**
     * IQ3_XXS, 98 bytes: half d, 64 index bytes, then for every 32 weights a word of four 7-bit sign sets and a scale
     * {@code s}; the scale is {@code d (s + 1/2) / 2}.
     */
    static void decodeXxs(byte[] b, int at, float[] y, int to) {
        Codebook book = Codebook.IQ3_XXS;
        float d = f16(b, at);
        for (int sub = 0; sub < 8; sub++) {
            int word = u32(b, at + 66 + sub * 4);
            float scale = d * (0.5f + (word >>> 28)) * 0.5f;
            for (int group = 0; group < 8; group++) {
                int signs = Codebook.evenSigns((word >>> (group / 2 * 7)) & 127) >> (group % 2 * 4);
                book.signed(u8(b, at + 2 + sub * 8 + group), signs, scale, y, to + sub * 32 + group * 4);
            }
        }
    }

    /**
     * IQ3_S, 110 bytes: half d, 64 index bytes, 8 bytes of ninth index bits, 32 sign bytes, 8 scale nibbles
     * {@code s}; the scale is {@code d (2 s + 1)}.
     */
    static void decodeS(byte[] b, int at, float[] y, int to) {
        Codebook book = Codebook.IQ3_S;
        float d = f16(b, at);
        for (int group = 0; group < 64; group++) {
            int ninth = (b[at + 66 + group / 8] >> (group % 8)) & 1;
            int index = u8(b, at + 2 + group) | (ninth << 8);
            int signs = u8(b, at + 74 + group / 2) >> (group % 2 * 4);
            float scale = d * (1 + 2 * Iq2Blocks.nibble(b, at + 106, group / 8));
            book.signed(index, signs, scale, y, to + group * 4);
        }
    }
}
