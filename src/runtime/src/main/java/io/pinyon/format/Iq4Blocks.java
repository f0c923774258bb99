/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.u16;
import static io.pinyon.format.BlockBits.u8;

/** Four-bit codes into a fixed table of 16 levels that are dense near zero. */
final class Iq4Blocks {
    private static final byte[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    private Iq4Blocks() {}

    /** IQ4_NL, 18 bytes for 32 weights: half d, 16 code bytes as in {@link Q4Blocks}. */
    static void decodeIq4Nl(byte[] b, int at, float[] y, int to) {
        decode32(f16(b, at), b, at + 2, y, to);
    }

    /** IQ4_XS, 136 bytes for 256 weights: half d, upper scale bits, lower scale nibbles, 128 code bytes. */
    static void decodeIq4Xs(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        int upper = u16(b, at + 2);
        for (int sub = 0; sub < 8; sub++) {
            int low = (u8(b, at + 4 + sub / 2) >> (sub % 2 * 4)) & 15;
            int scale = low | (((upper >> (2 * sub)) & 3) << 4);
            decode32(d * (scale - 32), b, at + 8 + sub * 16, y, to + sub * 32);
        }
    }

    private static void decode32(float scale, byte[] b, int codes, float[] y, int to) {
        for (int i = 0; i < 16; i++) {
            y[to + i] = scale * LEVELS[b[codes + i] & 15];
            y[to + 16 + i] = scale * LEVELS[(b[codes + i] >> 4) & 15];
        }
    }
}
