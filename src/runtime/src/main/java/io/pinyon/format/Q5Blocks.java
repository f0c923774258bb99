/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.inverse;
import static io.pinyon.format.BlockBits.putF16;
import static io.pinyon.format.BlockBits.putU32;
import static io.pinyon.format.BlockBits.u32;

/**
 * Five bits a weight, 32 weights a block: four-bit codes as in {@link Q4Blocks}, and a word whose bit {@code i} is the
 * fifth bit of element {@code i}.
 */
final class Q5Blocks {
    private Q5Blocks() {}

    /** Q5_0, 22 bytes: half {@code d}, word of fifth bits, 16 code bytes; {@code y = d (q - 16)}. */
    static void decodeQ50(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        int fifth = u32(b, at + 2);
        for (int i = 0; i < 16; i++) {
            int low = b[at + 6 + i] & 15;
            int high = (b[at + 6 + i] >> 4) & 15;
            y[to + i] = d * ((low | (((fifth >>> i) & 1) << 4)) - 16);
            y[to + 16 + i] = d * ((high | (((fifth >>> (i + 16)) & 1) << 4)) - 16);
        }
    }

    /** The element of largest magnitude, with its sign, becomes code 0. */
    static void encodeQ50(float[] x, int from, byte[] b, int at) {
        float d = Q4Blocks.signedPeak(x, from) / -16;
        putF16(b, at, d);
        putCodes(x, from, 0, inverse(d), 16.5f, b, at + 2);
    }

    /** Q5_1, 24 bytes: half {@code d}, half {@code m}, word of fifth bits, 16 code bytes; {@code y = d q + m}. */
    static void decodeQ51(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        float m = f16(b, at + 2);
        int fifth = u32(b, at + 4);
        for (int i = 0; i < 16; i++) {
            int low = b[at + 8 + i] & 15;
            int high = (b[at + 8 + i] >> 4) & 15;
            y[to + i] = d * (low | (((fifth >>> i) & 1) << 4)) + m;
            y[to + 16 + i] = d * (high | (((fifth >>> (i + 16)) & 1) << 4)) + m;
        }
    }

    /** The smallest element becomes code 0, the largest code 31. */
    static void encodeQ51(float[] x, int from, byte[] b, int at) {
        float min = Q4Blocks.minimum(x, from);
        float d = (Q4Blocks.maximum(x, from) - min) / 31;
        putF16(b, at, d);
        putF16(b, at + 2, min);
        putCodes(x, from, min, inverse(d), 0.5f, b, at + 4);
    }

    private static void putCodes(float[] x, int from, float min, float scale, float shift, byte[] b, int at) {
        int fifth = 0;
        for (int i = 0; i < 16; i++) {
            int low = Math.min(31, (int) ((x[from + i] - min) * scale + shift));
            int high = Math.min(31, (int) ((x[from + 16 + i] - min) * scale + shift));
            fifth |= (low >> 4 << i) | (high >> 4 << (i + 16));
            b[at + 4 + i] = (byte) ((low & 15) | (high << 4));
        }
        putU32(b, at, fifth);
    }
}
