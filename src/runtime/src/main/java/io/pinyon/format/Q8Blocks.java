/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.inverse;
import static io.pinyon.format.BlockBits.putF16;

/** Q8_0, 34 bytes for 32 weights: half {@code d}, 32 signed bytes; {@code y = d q}. */
final class Q8Blocks {
    private Q8Blocks() {}

    static void decodeQ80(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        for (int i = 0; i < 32; i++) {
            y[to + i] = d * b[at + 2 + i];
        }
    }

    /** The largest magnitude becomes 127; codes are rounded to nearest, halves away from zero. */
    static void encodeQ80(float[] x, int from, byte[] b, int at) {
        float d = Math.abs(Q4Blocks.signedPeak(x, from)) / 127;
        float scale = inverse(d);
        putF16(b, at, d);
        for (int i = 0; i < 32; i++) {
            b[at + 2 + i] = (byte) roundHalfAway(x[from + i] * scale);
        }
    }

    private static int roundHalfAway(float x) {
        // the fraction is exact in double, where adding a half to a float close below a half stays below one
        return (int) (x < 0 ? x - 0.5 : x + 0.5);
    }
}
