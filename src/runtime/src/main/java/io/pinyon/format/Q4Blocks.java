/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.inverse;
import static io.pinyon.format.BlockBits.putF16;

/**
 * Four bits a weight, 32 weights a block. Byte {@code i} of the codes holds element {@code i} in its low nibble and
 * element {@code i + 16} in its high one.
 */
final class Q4Blocks {
    private Q4Blocks() {}

    /** Q4_0, 18 bytes: half {@code d}, 16 code bytes; {@code y = d (q - 8)}. */
    static void decodeQ40(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        for (int i = 0; i < 16; i++) {
            int codes = b[at + 2 + i];
            y[to + i] = d * ((codes & 15) - 8);
            y[to + 16 + i] = d * (((codes >> 4) & 15) - 8);
        }
    }

    /** The element of largest magnitude, with its sign, becomes code 0. */
    static void encodeQ40(float[] x, int from, byte[] b, int at) {
        float d = signedPeak(x, from) / -8;
        float scale = inverse(d);
        putF16(b, at, d);
        for (int i = 0; i < 16; i++) {
            int low = Math.min(15, (int) (x[from + i] * scale + 8.5f));
            int high = Math.min(15, (int) (x[from + 16 + i] * scale + 8.5f));
            b[at + 2 + i] = (byte) (low | (high << 4));
        }
    }

    /** Q4_1, 20 bytes: half {@code d}, half {@code m}, 16 code bytes; {@code y = d q + m}. */
    static void decodeQ41(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        float m = f16(b, at + 2);
        for (int i = 0; i < 16; i++) {
            int codes = b[at + 4 + i];
            y[to + i] = d * (codes & 15) + m;
            y[to + 16 + i] = d * ((codes >> 4) & 15) + m;
        }
    }

    /** The smallest element becomes code 0, the largest code 15. */
    static void encodeQ41(float[] x, int from, byte[] b, int at) {
        float min = minimum(x, from);
        float d = (maximum(x, from) - min) / 15;
        float scale = inverse(d);
        putF16(b, at, d);
        putF16(b, at + 2, min);
        for (int i = 0; i < 16; i++) {
            int low = Math.min(15, (int) ((x[from + i] - min) * scale + 0.5f));
            int high = Math.min(15, (int) ((x[from + 16 + i] - min) * scale + 0.5f));
            b[at + 4 + i] = (byte) (low | (high << 4));
        }
    }

    /** The first element of largest magnitude among 32, with its sign. */
    static float signedPeak(float[] x, int from) {
        float peak = 0;
        for (int i = from; i < from + 32; i++) {
            if (Math.abs(x[i]) > Math.abs(peak)) {
                peak = x[i];
            }
        }
        return peak;
    }

    static float minimum(float[] x, int from) {
        float min = x[from];
        for (int i = from + 1; i < from + 32; i++) {
            min = Math.min(min, x[i]);
        }
        return min;
    }

    static float maximum(float[] x, int from) {
        float max = x[from];
        for (int i = from + 1; i < from + 32; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }
}
