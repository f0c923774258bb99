/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Map;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Rows of blocks of 256 elements with scales on two levels: Q4_K, Q6_K. */
final class SuperBlockRows implements RowKernel.Family {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LE);

    private static final int BITS = Specialised.bits(MethodHandles.lookup());
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    private static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(Math.max(64, BITS / 4)));
    private static final int LANES = F.length();
    private static final IntVector BYTE = IntVector.zero(I).addIndex(8);

    private static final int BLOCK = 256;
    private static final int Q4_BYTES = 144;
    private static final int Q4_SCALES = 4;
    private static final int Q4_QUANTS = 16;
    private static final int Q6_BYTES = 210;
    private static final int Q6_HIGH = 128;
    private static final int Q6_SCALES = 192;
    private static final int Q6_SCALE = 208;

    @Override
    public Map<String, RowKernel> kernels() {
        return Map.of("Q4_K", RowKernel.of(SuperBlockRows::multiplyQ4, SuperBlockRows::decodeQ4),
                "Q6_K", RowKernel.of(SuperBlockRows::multiplyQ6, SuperBlockRows::decodeQ6));
    }

    private static void multiplyQ4(MemorySegment w, long offset, int rows, float[] x, int xOffset, int cols,
            float[] out, int outOffset) {
        long rowBytes = (long) cols / BLOCK * Q4_BYTES;
        float[] factors = new float[16];
        for (int r = 0; r < rows; r++) {
            out[outOffset + r] = dotQ4(w, offset + r * rowBytes, x, xOffset, cols, factors);
        }
    }

    private static float dotQ4(MemorySegment w, long offset, float[] x, int xOffset, int cols, float[] factors) {
        FloatVector lowSum = FloatVector.zero(F);
        FloatVector highSum = FloatVector.zero(F);
        long block = offset;
        for (int k = xOffset; k < xOffset + cols; k += BLOCK) {
            factors(w, block, factors);
            for (int j = 0; j < 4; j++) {
                FloatVector lowScale = FloatVector.broadcast(F, factors[2 * j]);
                FloatVector lowMin = FloatVector.broadcast(F, factors[2 * j + 8]);
                FloatVector highScale = FloatVector.broadcast(F, factors[2 * j + 1]);
                FloatVector highMin = FloatVector.broadcast(F, factors[2 * j + 9]);
                for (int i = 0; i < 32; i += LANES) {
                    IntVector pair = unsigned(w, block + Q4_QUANTS + 32L * j + i);
                    FloatVector low = floats(pair.and(15)).fma(lowScale, lowMin);
                    FloatVector high = floats(pair.lanewise(VectorOperators.LSHR, 4)).fma(highScale, highMin);
                    lowSum = low.fma(FloatVector.fromArray(F, x, k + 64 * j + i), lowSum);
                    highSum = high.fma(FloatVector.fromArray(F, x, k + 64 * j + 32 + i), highSum);
                }
            }
            block += Q4_BYTES;
        }
        return LaneSum.of(lowSum.add(highSum));
    }

    private static void decodeQ4(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        float[] factors = new float[16];
        long block = offset;
        for (int k = outOffset; k < outOffset + count; k += BLOCK) {
            factors(source, block, factors);
            for (int j = 0; j < 4; j++) {
                float lowScale = factors[2 * j];
                float lowMin = factors[2 * j + 8];
                float highScale = factors[2 * j + 1];
                float highMin = factors[2 * j + 9];
                for (int i = 0; i < 32; i += LANES) {
                    IntVector pair = unsigned(source, block + Q4_QUANTS + 32L * j + i);
                    FloatVector low = floats(pair.and(15)).mul(lowScale).add(lowMin);
                    FloatVector high = floats(pair.lanewise(VectorOperators.LSHR, 4)).mul(highScale).add(highMin);
                    low.intoArray(out, k + 64 * j + i);
                    high.intoArray(out, k + 64 * j + 32 + i);
                }
            }
            block += Q4_BYTES;
        }
    }

    /** Eight scales, and behind them eight minima with their signs changed. */
    private static void factors(MemorySegment source, long block, float[] factors) {
        float scale = half(source, block);
        float minScale = -half(source, block + 2);
        int scales = source.get(INT, block + Q4_SCALES);
        int mins = source.get(INT, block + Q4_SCALES + 4);
        int rest = source.get(INT, block + Q4_SCALES + 8);
        spread(scales & 0x3f3f3f3f, scale, factors, 0);
        spread((rest & 0x0f0f0f0f) | ((scales >>> 2) & 0x30303030), scale, factors, 4);
        spread(mins & 0x3f3f3f3f, minScale, factors, 8);
        spread(((rest >>> 4) & 0x0f0f0f0f) | ((mins >>> 2) & 0x30303030), minScale, factors, 12);
    }

    /** The four bytes of a word, each times the factor; without vectors, of which the compiler bears only so many. */
    private static void spread(int word, float factor, float[] out, int offset) {
        out[offset] = factor * (word & 0xff);
        out[offset + 1] = factor * ((word >>> 8) & 0xff);
        out[offset + 2] = factor * ((word >>> 16) & 0xff);
        out[offset + 3] = factor * (word >>> 24);
    }

    private static void multiplyQ6(MemorySegment w, long offset, int rows, float[] x, int xOffset, int cols,
            float[] out, int outOffset) {
        long rowBytes = (long) cols / BLOCK * Q6_BYTES;
        for (int r = 0; r < rows; r++) {
            out[outOffset + r] = dotQ6(w, offset + r * rowBytes, x, xOffset, cols);
        }
    }

    private static float dotQ6(MemorySegment w, long offset, float[] x, int xOffset, int cols) {
        FloatVector lowSum = FloatVector.zero(F);
        FloatVector highSum = FloatVector.zero(F);
        long block = offset;
        for (int k = xOffset; k < xOffset + cols; k += BLOCK) {
            float scale = half(w, block + Q6_SCALE);
            for (int j = 0; j < 4; j++) {
                long scales = w.get(LONG, block + Q6_SCALES + j / 2 * 8L) >>> (j % 2 * 16);
                int at = k + j / 2 * 128 + j % 2 * 32;
                for (int i = 0; i < 32; i += LANES) {
                    IntVector codes = unsigned(w, block + 32L * j + i);
                    IntVector upper = unsigned(w, block + Q6_HIGH + j / 2 * 32L + i)
                            .lanewise(VectorOperators.LSHR, j % 2 * 2);
                    float lowScale = scale * (byte) (scales >>> (i / 16 * 8));
                    float highScale = scale * (byte) (scales >>> (i / 16 * 8 + 32));
                    FloatVector low = q6(codes.and(15), upper.lanewise(VectorOperators.LSHL, 4));
                    FloatVector high = q6(codes.lanewise(VectorOperators.LSHR, 4), upper);
                    lowSum = low.mul(lowScale).fma(FloatVector.fromArray(F, x, at + i), lowSum);
                    highSum = high.mul(highScale).fma(FloatVector.fromArray(F, x, at + 64 + i), highSum);
                }
            }
            block += Q6_BYTES;
        }
        return LaneSum.of(lowSum.add(highSum));
    }

    private static void decodeQ6(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        long block = offset;
        for (int k = outOffset; k < outOffset + count; k += BLOCK) {
            float scale = half(source, block + Q6_SCALE);
            for (int j = 0; j < 4; j++) {
                long scales = source.get(LONG, block + Q6_SCALES + j / 2 * 8L) >>> (j % 2 * 16);
                int at = k + j / 2 * 128 + j % 2 * 32;
                for (int i = 0; i < 32; i += LANES) {
                    IntVector codes = unsigned(source, block + 32L * j + i);
                    IntVector upper = unsigned(source, block + Q6_HIGH + j / 2 * 32L + i)
                            .lanewise(VectorOperators.LSHR, j % 2 * 2);
                    float lowScale = scale * (byte) (scales >>> (i / 16 * 8));
                    float highScale = scale * (byte) (scales >>> (i / 16 * 8 + 32));
                    q6(codes.and(15), upper.lanewise(VectorOperators.LSHL, 4)).mul(lowScale).intoArray(out, at + i);
                    q6(codes.lanewise(VectorOperators.LSHR, 4), upper).mul(highScale).intoArray(out, at + 64 + i);
                }
            }
            block += Q6_BYTES;
        }
    }

    /** The number of 6 bits whose lower four are given and whose upper two are bits 4 and 5 of {@code high}. */
    private static FloatVector q6(IntVector low, IntVector high) {
        return floats(low.or(high.and(0x30)).sub(32));
    }

    private static float half(MemorySegment source, long offset) {
        return Float.float16ToFloat(source.get(SHORT, offset));
    }

    private static FloatVector floats(IntVector values) {
        return (FloatVector) values.convertShape(VectorOperators.I2F, F, 0);
    }

    /** One unsigned byte per lane. */
    private static IntVector unsigned(MemorySegment source, long offset) {
        if (BITS >= 256) {
            return (IntVector) ByteVector.fromMemorySegment(B, source, offset, LE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
        }
        // as many bytes as there are lanes are fewer than the smallest vector has
        int word = BITS == 128 ? source.get(INT, offset) : source.get(SHORT, offset);
        return IntVector.broadcast(I, word).lanewise(VectorOperators.LSHR, BYTE).and(0xff);
    }
}
