/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Optional;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Rows of plain elements: F32, F16, BF16. */
final class PlainRows implements RowKernel.Family {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LE);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LE);

    private static final int BITS = Specialised.bits(MethodHandles.lookup());
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    private static final VectorSpecies<Short> S = VectorSpecies.of(short.class,
            VectorShape.forBitSize(Math.max(64, BITS / 2)));
    private static final int LANES = F.length();
    private static final IntVector HALFWORD = IntVector.zero(I).addIndex(16);

    @Override
    public Map<String, RowKernel> kernels() {
        return Map.of("F32", RowKernel.of(PlainRows::multiplyF32, PlainRows::decodeF32),
                "F16", new RowKernel(Optional.empty(), PlainRows::decodeF16),
                "BF16", RowKernel.of(PlainRows::multiplyBf16, PlainRows::decodeBf16));
    }

    private static void multiplyF32(MemorySegment w, long offset, int rows, float[] x, int xOffset, int cols,
            float[] out, int outOffset) {
        for (int r = 0; r < rows; r++) {
            out[outOffset + r] = dotF32(w, offset + 4L * r * cols, x, xOffset, cols);
        }
    }

    private static float dotF32(MemorySegment w, long offset, float[] x, int xOffset, int cols) {
        FloatVector sum0 = FloatVector.zero(F);
        FloatVector sum1 = FloatVector.zero(F);
        int i = 0;
        for (; i <= cols - 2 * LANES; i += 2 * LANES) {
            sum0 = f32(w, offset + 4L * i).fma(FloatVector.fromArray(F, x, xOffset + i), sum0);
            sum1 = f32(w, offset + 4L * (i + LANES)).fma(FloatVector.fromArray(F, x, xOffset + i + LANES), sum1);
        }
        float sum = LaneSum.of(sum0.add(sum1));
        for (; i < cols; i++) {
            sum = Math.fma(w.get(FLOAT, offset + 4L * i), x[xOffset + i], sum);
        }
        return sum;
    }

    private static void decodeF32(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        MemorySegment.copy(source, FLOAT, offset, out, outOffset, count);
    }

    /** The compiler turns this loop into vectors, with instructions that the Vector API has no words for. */
    private static void decodeF16(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        for (int i = 0; i < count; i++) {
            out[outOffset + i] = Float.float16ToFloat(source.get(SHORT, offset + 2L * i));
        }
    }

    private static void multiplyBf16(MemorySegment w, long offset, int rows, float[] x, int xOffset, int cols,
            float[] out, int outOffset) {
        for (int r = 0; r < rows; r++) {
            out[outOffset + r] = dotBf16(w, offset + 2L * r * cols, x, xOffset, cols);
        }
    }

    private static float dotBf16(MemorySegment w, long offset, float[] x, int xOffset, int cols) {
        FloatVector sum0 = FloatVector.zero(F);
        FloatVector sum1 = FloatVector.zero(F);
        int i = 0;
        for (; i <= cols - 2 * LANES; i += 2 * LANES) {
            sum0 = bf16(w, offset + 2L * i).fma(FloatVector.fromArray(F, x, xOffset + i), sum0);
            sum1 = bf16(w, offset + 2L * (i + LANES)).fma(FloatVector.fromArray(F, x, xOffset + i + LANES), sum1);
        }
        float sum = LaneSum.of(sum0.add(sum1));
        for (; i < cols; i++) {
            sum = Math.fma(Float.intBitsToFloat(w.get(SHORT, offset + 2L * i) << 16), x[xOffset + i], sum);
        }
        return sum;
    }

    private static void decodeBf16(MemorySegment source, long offset, float[] out, int outOffset, int count) {
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            bf16(source, offset + 2L * i).intoArray(out, outOffset + i);
        }
        for (; i < count; i++) {
            out[outOffset + i] = Float.intBitsToFloat(source.get(SHORT, offset + 2L * i) << 16);
        }
    }

    private static FloatVector f32(MemorySegment source, long offset) {
        return FloatVector.fromMemorySegment(F, source, offset, LE);
    }

    private static FloatVector bf16(MemorySegment source, long offset) {
        return halfwords(source, offset).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** One unsigned 16-bit number per lane. */
    private static IntVector halfwords(MemorySegment source, long offset) {
        if (BITS >= 128) {
            return (IntVector) ShortVector.fromMemorySegment(S, source, offset, LE)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
        }
        // two halfwords are less than the smallest vector
        return IntVector.broadcast(I, source.get(INT, offset)).lanewise(VectorOperators.LSHR, HALFWORD).and(0xffff);
    }
}
