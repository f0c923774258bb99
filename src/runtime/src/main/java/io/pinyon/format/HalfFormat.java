/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Elements of 16 bits, rounded to nearest even; what is too large becomes infinite. */
enum HalfFormat implements WeightFormat {
    /** IEEE 754 binary16. */
    F16(1) {
        @Override
        void widen(short[] halves, float[] dst, int at, int count) {
            for (int i = 0; i < count; i++) {
                dst[at + i] = Float.float16ToFloat(halves[i]);
            }
        }

        @Override
        void narrow(float[] src, int at, short[] halves, int count) {
            for (int i = 0; i < count; i++) {
                halves[i] = Float.floatToFloat16(src[at + i]);
            }
        }
    },

    /** bfloat16, the upper half of binary32. */
    BF16(30) {
        @Override
        void widen(short[] halves, float[] dst, int at, int count) {
            for (int i = 0; i < count; i++) {
                dst[at + i] = Float.intBitsToFloat(halves[i] << 16);
            }
        }

        @Override
        void narrow(float[] src, int at, short[] halves, int count) {
            for (int i = 0; i < count; i++) {
                halves[i] = toBfloat16(src[at + i]);
            }
        }
    };

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Elements copied to the heap at a time. */
    private static final int CHUNK = 4096;

    private final int ggmlType;

    HalfFormat(int ggmlType) {
        this.ggmlType = ggmlType;
    }

    abstract void widen(short[] halves, float[] dst, int at, int count);

    abstract void narrow(float[] src, int at, short[] halves, int count);

    @Override
    public int ggmlType() {
        return ggmlType;
    }

    @Override
    public int blockElements() {
        return 1;
    }

    @Override
    public int blockBytes() {
        return Short.BYTES;
    }

    @Override
    public void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
        short[] halves = new short[Math.min(blocks, CHUNK)];
        for (int done = 0; done < blocks; done += CHUNK) {
            int n = Math.min(blocks - done, CHUNK);
            MemorySegment.copy(src, SHORT, srcOffset + (long) done * Short.BYTES, halves, 0, n);
            widen(halves, dst, dstOffset + done, n);
        }
    }

    @Override
    public boolean encodes() {
        return true;
    }

    @Override
    public void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
        short[] halves = new short[Math.min(blocks, CHUNK)];
        for (int done = 0; done < blocks; done += CHUNK) {
            int n = Math.min(blocks - done, CHUNK);
            narrow(src, srcOffset + done, halves, n);
            MemorySegment.copy(halves, 0, dst, SHORT, dstOffset + (long) done * Short.BYTES, n);
        }
    }

    /** Round to nearest, ties to even; a NaN stays a NaN, made quiet. */
    static short toBfloat16(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        int ties = (bits >>> 16) & 1;
        return (short) ((bits + 0x7fff + ties) >>> 16);
    }
}
