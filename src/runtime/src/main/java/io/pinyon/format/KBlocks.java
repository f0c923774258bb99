/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import static io.pinyon.format.BlockBits.f16;
import static io.pinyon.format.BlockBits.u8;

/**
 * K-quants: super-blocks of 256 weights whose sub-blocks (of 16 or 32) have quantised scales of their own.
 *
 * <p>{@code d} scales the sub-block scales; {@code dmin}, where there is one, scales the sub-block minima.
 */
final class KBlocks {
    private KBlocks() {}

    /** Q2_K, 84 bytes: 16 scale bytes (scale low, minimum high), 64 code bytes, half d, half dmin. */
    static void decodeQ2K(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at + 80);
        float dmin = f16(b, at + 82);
        for (int sub = 0; sub < 16; sub++) {
            int packed = u8(b, at + sub);
            float scale = d * (packed & 15);
            float min = dmin * (packed >> 4);
            int codes = at + 16 + sub / 8 * 32 + sub % 2 * 16;
            int shift = sub % 8 / 2 * 2;
            for (int i = 0; i < 16; i++) {
                y[to + sub * 16 + i] = scale * ((b[codes + i] >> shift) & 3) - min;
            }
        }
    }

    /** Q3_K, 110 bytes: 32 bytes of third bits, 64 code bytes, 16 six-bit scales in 12 bytes, half d. */
    static void decodeQ3K(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at + 108);
        for (int sub = 0; sub < 16; sub++) {
            float scale = d * (scaleQ3K(b, at + 96, sub) - 32);
            int half = sub % 2 * 16;
            int codes = at + 32 + sub / 8 * 32 + half;
            int shift = sub % 8 / 2 * 2;
            for (int i = 0; i < 16; i++) {
                int third = (b[at + half + i] >> (sub / 2)) & 1;
                int code = ((b[codes + i] >> shift) & 3) | (third << 2);
                y[to + sub * 16 + i] = scale * (code - 4);
            }
        }
    }

    private static int scaleQ3K(byte[] b, int at, int sub) {
        int low = (u8(b, at + sub % 8) >> (sub / 8 * 4)) & 15;
        int high = (u8(b, at + 8 + sub % 4) >> (sub / 4 * 2)) & 3;
        return low | (high << 4);
    }

    /** Q4_K, 144 bytes: half d, half dmin, 8 six-bit scales and minima in 12 bytes, 128 code bytes. */
    static void decodeQ4K(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        float dmin = f16(b, at + 2);
        for (int sub = 0; sub < 8; sub++) {
            float scale = d * scale(b, at + 4, sub);
            float min = dmin * min(b, at + 4, sub);
            int codes = at + 16 + sub / 2 * 32;
            int shift = sub % 2 * 4;
            for (int i = 0; i < 32; i++) {
                y[to + sub * 32 + i] = scale * ((b[codes + i] >> shift) & 15) - min;
            }
        }
    }

    /** Q5_K, 176 bytes: as Q4_K with 32 bytes of fifth bits before the codes, bit {@code sub} of each. */
    static void decodeQ5K(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at);
        float dmin = f16(b, at + 2);
        for (int sub = 0; sub < 8; sub++) {
            float scale = d * scale(b, at + 4, sub);
            float min = dmin * min(b, at + 4, sub);
            int codes = at + 48 + sub / 2 * 32;
            int shift = sub % 2 * 4;
            for (int i = 0; i < 32; i++) {
                int fifth = (b[at + 16 + i] >> sub) & 1;
                int code = ((b[codes + i] >> shift) & 15) | (fifth << 4);
                y[to + sub * 32 + i] = scale * code - min;
            }
        }
    }

    /** Six bits of scale {@code sub}: whole in bytes 0 to 3, split between bytes 8 to 11 and 0 to 3 from sub 4 on. */
    private static int scale(byte[] b, int at, int sub) {
        return sub < 4 ? b[at + sub] & 63 : (b[at + sub + 4] & 15) | (u8(b, at + sub - 4) >> 6 << 4);
    }

    private static int min(byte[] b, int at, int sub) {
        return sub < 4 ? b[at + sub + 4] & 63 : (u8(b, at + sub + 4) >> 4) | (u8(b, at + sub) >> 6 << 4);
    }

    /** Q6_K, 210 bytes: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, half d. */
    static void decodeQ6K(byte[] b, int at, float[] y, int to) {
        float d = f16(b, at + 208);
        for (int sub = 0; sub < 16; sub++) {
            float scale = d * b[at + 192 + sub];
            int quarter = sub % 8 / 2;
            int low = at + sub / 8 * 64 + quarter % 2 * 32 + sub % 2 * 16;
            int high = at + 128 + sub / 8 * 32 + sub % 2 * 16;
            int nibble = quarter / 2 * 4;
            for (int i = 0; i < 16; i++) {
                int upper = (b[high + i] >> (2 * quarter)) & 3;
                int code = ((b[low + i] >> nibble) & 15) | (upper << 4);
                y[to + sub * 16 + i] = scale * (code - 32);
            }
        }
    }
}
