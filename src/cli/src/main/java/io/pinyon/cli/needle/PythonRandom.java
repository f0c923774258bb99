/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli.needle;

import java.math.BigInteger;
import java.util.List;

/**
 * The generator of Python's module {@code random}: the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) with the
 * seeding and the derived draws of CPython 3.11, so that a seed gives the same draws as there.
 */
final class PythonRandom {
    private static final int SIZE = 624;
    private static final int SHIFT = 397;
    private static final int MATRIX = 0x9908b0df;
    private static final int UPPER = 0x80000000;
    private static final int LOWER = 0x7fffffff;

    private final int[] state = new int[SIZE];
    private int index = SIZE;

    /** As {@code random.Random(seed)} for an integer; the sign does not count. */
    PythonRandom(long seed) {
        BigInteger magnitude = BigInteger.valueOf(seed).abs();
        int words = Math.max(1, Math.ceilDiv(magnitude.bitLength(), Integer.SIZE));
        int[] key = new int[words];
        for (int i = 0; i < words; i++) {
            key[i] = magnitude.shiftRight(i * Integer.SIZE).intValue();
        }
        seed(key);
    }

    /** {@code random()}: 53 random bits as a fraction from 0 to below 1. */
    double random() {
        int high = next() >>> 5;
        int low = next() >>> 6;
        return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
    }

    /** {@code randrange(n)}: drawn with as many bits as n has, again while too large. */
    int randrange(int n) {
        if (n <= 0) {
            throw new IllegalArgumentException("range " + n);
        }
        int bits = Integer.SIZE - Integer.numberOfLeadingZeros(n);
        int drawn;
        do {
            drawn = next() >>> (Integer.SIZE - bits);
        } while (Integer.compareUnsigned(drawn, n) >= 0);
        return drawn;
    }

    /** {@code randint(low, high)}, both included. */
    int randint(int low, int high) {
        return low + randrange(high - low + 1);
    }

    /** {@code choice(items)}. */
    <T> T choice(List<T> items) {
        return items.get(randrange(items.size()));
    }

    /** {@code init_by_array} of MT19937. */
    private void seed(int[] key) {
        state[0] = 19650218;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
        int i = 1;
        int j = 0;
        for (int k = Math.max(SIZE, key.length); k > 0; k--) {
            state[i] = (state[i] ^ (state[i - 1] ^ (state[i - 1] >>> 30)) * 1664525) + key[j] + j;
            i = following(i);
            j = (j + 1) % key.length;
        }
        for (int k = SIZE - 1; k > 0; k--) {
            state[i] = (state[i] ^ (state[i - 1] ^ (state[i - 1] >>> 30)) * 1566083941) - i;
            i = following(i);
        }
        state[0] = UPPER;
    }

    private int following(int i) {
        if (i + 1 < SIZE) {
            return i + 1;
        }
        state[0] = state[SIZE - 1];
        return 1;
    }

    /** The next 32 bits. */
    private int next() {
        if (index == SIZE) {
            twist();
        }
        int y = state[index++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int y = (state[i] & UPPER) | (state[(i + 1) % SIZE] & LOWER);
            state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : MATRIX);
        }
        index = 0;
    }
}
