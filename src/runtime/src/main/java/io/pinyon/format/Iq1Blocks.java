/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.u16;
import static io.pinyon.format.BlockBits.u8;

/**
 * Under two bits a weight, 256 to a block: groups of eight weights are an entry of a {@link Codebook} of -1, 0 and 1,
 * all shifted by an eighth up or down. The scale of a sub-block is {@code d (2 s + 1)} with a three-bit {@code s}.
 */
final class Iq1Blocks {
    private static final float SHIFT = 0.125f;

    private Iq1Blocks() {}

    /**
     * IQ1_S, 50 bytes: half d, 32 index bytes, then for every 32 weights a word of four upper index triples, the
     * scale, and the sign of the shift on top.
     */
    static void decodeS(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        for (int sub = 0; sub < 8; sub++) {
            int word = u16(b, at + 34 + sub * 2);
            float scale = d * (2 * ((word >> 12) & 7) + 1);
            float shift = word >> 15 == 0 ? SHIFT : -SHIFT;
            for (int group = 0; group < 4; group++) {
                int index = u8(b, at + 2 + sub * 4 + group) | (((word >> (3 * group)) & 7) << 8);
                Codebook.IQ1.shifted(index, shift, scale, y, to + sub * 32 + group * 8);
            }
        }
    }

    /**
     * IQ1_M, 56 bytes: 32 index bytes, 32 nibbles of upper index triple and sign of the shift, then four words of four
     * three-bit scales each, whose top nibbles are the half d.
     */
    static void decodeM(byte[] b, int at, float[] y, int to) {
        float d = Float.float16ToFloat(splitScale(b, at + 48));
        for (int group = 0; group < 32; group++) {
            int nibble = Iq2Blocks.nibble(b, at + 32, group);
            int index = u8(b, at + group) | ((nibble & 7) << 8);
            int scale = (u16(b, at + 48 + group / 8 * 2) >> (group % 8 / 2 * 3)) & 7;
            float shift = nibble < 8 ? SHIFT : -SHIFT;
            Codebook.IQ1.shifted(index, shift, d * (2 * scale + 1), y, to + group * 8);
        }
    }

    private static short splitScale(byte[] b, int at) {
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            bits |= u16(b, at + 2 * i) >> 12 << (4 * i);
        }
        return (short) bits;
    }
}
