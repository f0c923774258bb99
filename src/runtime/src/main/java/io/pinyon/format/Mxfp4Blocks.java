/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.u8;

/**
 * MXFP4 of the OCP Microscaling Formats specification 1.0, 17 bytes for 32 weights: a power-of-two exponent with bias
 * 127, then 16 bytes of E2M1 codes as in {@link Q4Blocks}. Exponent 255 is not special here.
 */
final class Mxfp4Blocks {
    /** Twice the E2M1 values, which makes them whole; the scale below is halved to match. */
    private static final byte[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private Mxfp4Blocks() {}

    static void decode(byte[] b, int at, float[] y, int to) {
        float scale = Math.scalb(1f, u8(b, at) - 128);
        for (int i = 0; i < 16; i++) {
            int codes = b[at + 1 + i];
            y[to + i] = scale * DOUBLED[codes & 15];
            y[to + 16 + i] = scale * DOUBLED[(codes >> 4) & 15];
        }
    }
}
