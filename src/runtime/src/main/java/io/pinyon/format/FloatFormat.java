/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Plain element types: IEEE 754 binary32 and binary16, and bfloat16, the upper half of binary32. */
enum FloatFormat implements WeightFormat {
    F32(0, 4) {
        @Override
        public void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
            MemorySegment.copy(src, FLOAT, srcOffset, dst, dstOffset, blocks);
        }

        @Override
        public void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
            MemorySegment.copy(src, srcOffset, dst, FLOAT, dstOffset, blocks);
        }
    },

    F16(1, 2) {
        @Override
        public void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
            short[] halves = new short[blocks];
            MemorySegment.copy(src, SHORT, srcOffset, halves, 0, blocks);
            for (int i = 0; i < blocks; i++) {
                dst[dstOffset + i] = Float.float16ToFloat(halves[i]);
            }
        }

        @Override
        public void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
            short[] halves = new short[blocks];
            for (int i = 0; i < blocks; i++) {
                halves[i] = Float.floatToFloat16(src[srcOffset + i]);
            }
            MemorySegment.copy(halves, 0, dst, SHORT, dstOffset, blocks);
        }
    },

    BF16(30, 2) {
        @Override
        public void decode(MemorySegment src, long srcOffset, float[] dst, int dstOffset, int blocks) {
            short[] halves = new short[blocks];
            MemorySegment.copy(src, SHORT, srcOffset, halves, 0, blocks);
            for (int i = 0; i < blocks; i++) {
                dst[dstOffset + i] = Float.intBitsToFloat(halves[i] << 16);
            }
        }

        @Override
        public void encode(float[] src, int srcOffset, MemorySegment dst, long dstOffset, int blocks) {
            short[] halves = new short[blocks];
            for (int i = 0; i < blocks; i++) {
                halves[i] = toBfloat16(src[srcOffset + i]);
            }
            MemorySegment.copy(halves, 0, dst, SHORT, dstOffset, blocks);
        }
    };

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int ggmlType;
    private final int bytes;

    FloatFormat(int ggmlType, int bytes) {
        this.ggmlType = ggmlType;
        this.bytes = bytes;
    }

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
        return bytes;
    }

    @Override
    public boolean encodes() {
        return true;
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
