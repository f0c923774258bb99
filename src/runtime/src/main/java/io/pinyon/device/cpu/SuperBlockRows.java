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
        for (int r = 0; r < rows; r++) {
            out[outOffset + r] = dotQ4(w, offset + r * rowBytes, x, xOffset, cols);
        }
    }

    private static float dotQ4(MemorySegment w, long offset, float[] x, int xOffset, int cols) {
        FloatVector lowSum = FloatVector.zero(F);
        FloatVector highSum = FloatVector.zero(F);
        long block = offset;
        for (int k = xOffset; k < xOffset + cols; k += BLOCK) {
            float scale = half(w, block);
            float minScale = half(w, block + 2);
            long scales = scales(w, block + Q4_SCALES);
            long mins = mins(w, block + Q4_SCALES);
            for (int j = 0; j < 4; j++) {
                FloatVector lowScale = FloatVector.broadcast(F, scale * six(scales, 2 * j));
                FloatVector lowMin = FloatVector.broadcast(F, -minScale * six(mins, 2 * j));
                FloatVector highScale = FloatVector.broadcast(F, scale * six(scales, 2 * j + 1));
                FloatVector highMin = FloatVector.broadcast(F, -minScale * six(mins, 2 * j + 1));
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
        return lowSum.add(highSum).reduceLanes(VectorOperators.ADD);
    }

    private static void decodeQ4(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        long block = offset;
        for (int k = outOffset; k < outOffset + count; k += BLOCK) {
            float scale = half(source, block);
            float minScale = half(source, block + 2);
            long scales = scales(source, block + Q4_SCALES);
            long mins = mins(source, block + Q4_SCALES);
            for (int j = 0; j < 4; j++) {
                float lowScale = scale * six(scales, 2 * j);
                float lowMin = minScale * six(mins, 2 * j);
                float highScale = scale * six(scales, 2 * j + 1);
                float highMin = minScale * six(mins, 2 * j + 1);
                for (int i = 0; i < 32; i += LANES) {
                    IntVector pair = unsigned(source, block + Q4_QUANTS + 32L * j + i);
                    FloatVector low = floats(pair.and(15)).mul(lowScale).sub(lowMin);
                    FloatVector high = floats(pair.lanewise(VectorOperators.LSHR, 4)).mul(highScale).sub(highMin);
                    low.intoArray(out, k + 64 * j + i);
                    high.intoArray(out, k + 64 * j + 32 + i);
                }
            }
            block += Q4_BYTES;
        }
    }

    private static int six(long packed, int index) {
        return (int) (packed >>> (8 * index)) & 63;
    }

    /** Eight scales of 6 bits, one in each byte: 12 bytes hold them and eight minima. */
    private static long scales(MemorySegment source, long offset) {
        int low = source.get(INT, offset);
        int rest = source.get(INT, offset + 8);
        int high = (rest & 0x0f0f0f0f) | ((low >>> 2) & 0x30303030);
        return (low & 0x3f3f3f3fL) | ((long) high << 32);
    }

    /** The eight minima beside {@link #scales}. */
    private static long mins(MemorySegment source, long offset) {
        int low = source.get(INT, offset + 4);
        int rest = source.get(INT, offset + 8);
        int high = ((rest >>> 4) & 0x0f0f0f0f) | ((low >>> 2) & 0x30303030);
        return (low & 0x3f3f3f3fL) | ((long) high << 32);
    }

    private static void multiplyQ6(MemorySegment w, long offset, int rows, float[] x, int xOffset, int cols,
            float[] out, int outOffset) {
        long rowBytes = (long) cols / BLOCK * Q6_BYTES;
        for (int r = 0; r < rows; r++) {
            out[outOffset + r] = dotQ6(w, offset + r * rowBytes, x, xOffset, cols);
        }
    }

    private static float dotQ6(MemorySegment w, long offset, float[] x, int xOffset, int cols) {
        FloatVector sum0 = FloatVector.zero(F);
        FloatVector sum1 = FloatVector.zero(F);
        FloatVector sum2 = FloatVector.zero(F);
        FloatVector sum3 = FloatVector.zero(F);
        long block = offset;
        for (int k = xOffset; k < xOffset + cols; k += BLOCK) {
            float scale = half(w, block + Q6_SCALE);
            for (int n = 0; n < 2; n++) {
                for (int i = 0; i < 32; i += LANES) {
                    IntVector first = unsigned(w, block + 64L * n + i);
                    IntVector second = unsigned(w, block + 64L * n + 32 + i);
                    IntVector high = unsigned(w, block + Q6_HIGH + 32L * n + i);
                    long scales = w.get(LONG, block + Q6_SCALES + 8L * n) >>> (i / 16 * 8);
                    int at = k + 128 * n + i;
                    FloatVector x0 = FloatVector.fromArray(F, x, at).mul(scale * (byte) scales);
                    sum0 = q6(first.and(15), high.lanewise(VectorOperators.LSHL, 4)).fma(x0, sum0);
                    FloatVector x1 = FloatVector.fromArray(F, x, at + 32)
                            .mul(scale * (byte) (scales >>> 16));
                    sum1 = q6(second.and(15), high.lanewise(VectorOperators.LSHL, 2)).fma(x1, sum1);
                    FloatVector x2 = FloatVector.fromArray(F, x, at + 64)
                            .mul(scale * (byte) (scales >>> 32));
                    sum2 = q6(first.lanewise(VectorOperators.LSHR, 4), high).fma(x2, sum2);
                    FloatVector x3 = FloatVector.fromArray(F, x, at + 96)
                            .mul(scale * (byte) (scales >>> 48));
                    sum3 = q6(second.lanewise(VectorOperators.LSHR, 4), high.lanewise(VectorOperators.LSHR, 2))
                            .fma(x3, sum3);
                }
            }
            block += Q6_BYTES;
        }
        return sum0.add(sum1).add(sum2.add(sum3)).reduceLanes(VectorOperators.ADD);
    }

    private static void decodeQ6(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        long block = offset;
        for (int k = outOffset; k < outOffset + count; k += BLOCK) {
            float scale = half(source, block + Q6_SCALE);
            for (int n = 0; n < 2; n++) {
                for (int i = 0; i < 32; i += LANES) {
                    IntVector first = unsigned(source, block + 64L * n + i);
                    IntVector second = unsigned(source, block + 64L * n + 32 + i);
                    IntVector high = unsigned(source, block + Q6_HIGH + 32L * n + i);
                    long scales = source.get(LONG, block + Q6_SCALES + 8L * n) >>> (i / 16 * 8);
                    int at = k + 128 * n + i;
                    q6(first.and(15), high.lanewise(VectorOperators.LSHL, 4))
                            .mul(scale * (byte) scales).intoArray(out, at);
                    q6(second.and(15), high.lanewise(VectorOperators.LSHL, 2))
                            .mul(scale * (byte) (scales >>> 16)).intoArray(out, at + 32);
                    q6(first.lanewise(VectorOperators.LSHR, 4), high)
                            .mul(scale * (byte) (scales >>> 32)).intoArray(out, at + 64);
                    q6(second.lanewise(VectorOperators.LSHR, 4), high.lanewise(VectorOperators.LSHR, 2))
                            .mul(scale * (byte) (scales >>> 48)).intoArray(out, at + 96);
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
