/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.u8;

/** Weights of -1, 0 and 1 times a scale; 256 to a block. */
final class TernaryBlocks {
    private TernaryBlocks() {}

    /**
     * TQ1_0, 54 bytes: 48 bytes of five base-3 digits, 4 bytes of four, half d. A byte is the fraction of 256 that its
     * digits are, so the next digit falls out of a multiplication by 3.
     */
    static void decodeTq1(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at + 52);
        digits(d, b, at, 32, 5, y, to);
        digits(d, b, at + 32, 16, 5, y, to + 160);
        digits(d, b, at + 48, 4, 4, y, to + 240);
    }

    private static void digits(float d, byte[] b, int at, int width, int count, float[] y, int to) {
        for (int i = 0; i < width; i++) {
            int fraction = u8(b, at + i);
            for (int n = 0; n < count; n++) {
                int product = fraction * 3;
                y[to + n * width + i] = d * ((product >> 8) - 1);
                fraction = product & 255;
            }
        }
    }

    /** TQ2_0, 66 bytes: 64 bytes of four two-bit codes, half d. */
    static void decodeTq2(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at + 64);
        for (int i = 0; i < 256; i++) {
            int code = (b[at + i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2)) & 3;
            y[to + i] = d * (code - 1);
        }
    }
}
