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

/** Rows of blocks of 32 elements with one scale: Q8_0, Q4_0. */
final class BlockRows implements RowKernel.Family {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LE);

    private static final int BITS = Specialised.bits(MethodHandles.lookup());
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    private static final VectorSpecies<Byte> B = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(Math.max(64, BITS / 4)));
    private static final int LANES = F.length();
    private static final IntVector BYTE = IntVector.zero(I).addIndex(8);
    private static final IntVector BYTE_TO_TOP = IntVector.broadcast(I, 24).sub(BYTE);

    private static final int BLOCK = 32;
    private static final int Q8_BYTES = 34;
    private static final int Q4_BYTES = 18;

    @Override
    public Map<String, RowKernel> kernels() {
        return Map.of("Q8_0", RowKernel.of(BlockRows::multiplyQ8, BlockRows::decodeQ8),
                "Q4_0", RowKernel.of(BlockRows::multiplyQ4, BlockRows::decodeQ4));
    }

    private static void multiplyQ8(MemorySegment w, long offset, int rows, float[] x, int xOffset, int cols,
            float[] out, int outOffset) {
        long rowBytes = (long) cols / BLOCK * Q8_BYTES;
        for (int r = 0; r < rows; r++) {
            out[outOffset + r] = dotQ8(w, offset + r * rowBytes, x, xOffset, cols);
        }
    }

    private static float dotQ8(MemorySegment w, long offset, float[] x, int xOffset, int cols) {
        FloatVector sum = FloatVector.zero(F);
        long block = offset;
        for (int k = xOffset; k < xOffset + cols; k += BLOCK) {
            FloatVector part = FloatVector.zero(F);
            for (int i = 0; i < BLOCK; i += LANES) {
                part = floats(signed(w, block + 2 + i)).fma(FloatVector.fromArray(F, x, k + i), part);
            }
            sum = part.fma(FloatVector.broadcast(F, half(w, block)), sum);
            block += Q8_BYTES;
        }
        return LaneSum.of(sum);
    }

    private static void decodeQ8(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        long block = offset;
        for (int k = outOffset; k < outOffset + count; k += BLOCK) {
            float scale = half(source, block);
            for (int i = 0; i < BLOCK; i += LANES) {
                floats(signed(source, block + 2 + i)).mul(scale).intoArray(out, k + i);
            }
            block += Q8_BYTES;
        }
    }

    private static void multiplyQ4(MemorySegment w, long offset, int rows, float[] x, int xOffset, int cols,
            float[] out, int outOffset) {
        long rowBytes = (long) cols / BLOCK * Q4_BYTES;
        for (int r = 0; r < rows; r++) {
            out[outOffset + r] = dotQ4(w, offset + r * rowBytes, x, xOffset, cols);
        }
    }

    private static float dotQ4(MemorySegment w, long offset, float[] x, int xOffset, int cols) {
        FloatVector sum = FloatVector.zero(F);
        long block = offset;
        for (int k = xOffset; k < xOffset + cols; k += BLOCK) {
            FloatVector part = FloatVector.zero(F);
            for (int i = 0; i < BLOCK / 2; i += LANES) {
                IntVector pair = unsigned(w, block + 2 + i);
                FloatVector low = floats(pair.and(15).sub(8));
                FloatVector high = floats(pair.lanewise(VectorOperators.LSHR, 4).sub(8));
                part = low.fma(FloatVector.fromArray(F, x, k + i), part);
                part = high.fma(FloatVector.fromArray(F, x, k + BLOCK / 2 + i), part);
            }
            sum = part.fma(FloatVector.broadcast(F, half(w, block)), sum);
            block += Q4_BYTES;
        }
        return LaneSum.of(sum);
    }

    private static void decodeQ4(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        long block = offset;
        for (int k = outOffset; k < outOffset + count; k += BLOCK) {
            float scale = half(source, block);
            for (int i = 0; i < BLOCK / 2; i += LANES) {
                IntVector pair = unsigned(source, block + 2 + i);
                floats(pair.and(15).sub(8)).mul(scale).intoArray(out, k + i);
                floats(pair.lanewise(VectorOperators.LSHR, 4).sub(8)).mul(scale).intoArray(out, k + BLOCK / 2 + i);
            }
            block += Q4_BYTES;
        }
    }

    private static float half(MemorySegment source, long offset) {
        return Float.float16ToFloat(source.get(SHORT, offset));
    }

    private static FloatVector floats(IntVector values) {
        return (FloatVector) values.convertShape(VectorOperators.I2F, F, 0);
    }

    /** One signed byte per lane. */
    private static IntVector signed(MemorySegment source, long offset) {
        if (BITS >= 256) {
            return (IntVector) ByteVector.fromMemorySegment(B, source, offset, LE)
                    .convertShape(VectorOperators.B2I, I, 0);
        }
        return word(source, offset).lanewise(VectorOperators.LSHL, BYTE_TO_TOP).lanewise(VectorOperators.ASHR, 24);
    }

    /** One unsigned byte per lane. */
    private static IntVector unsigned(MemorySegment source, long offset) {
        if (BITS >= 256) {
            return (IntVector) ByteVector.fromMemorySegment(B, source, offset, LE)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
        }
        return word(source, offset).lanewise(VectorOperators.LSHR, BYTE).and(0xff);
    }

    /** As many bytes as there are lanes, all of them in every lane: fewer than the smallest vector has. */
    private static IntVector word(MemorySegment source, long offset) {
        return IntVector.broadcast(I, BITS == 128 ? source.get(INT, offset) : source.get(SHORT, offset));
    }
}
