/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import io.pinyon.device.Rope;

/** Sums, products and turns. */
final class VectorElementKernels implements ElementKernels {
    private static final int BITS = Specialised.bits(MethodHandles.lookup());
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    private static final int LANES = F.length();

    /** Lanes 0, 0, 1, 1, ... and the upper half likewise. */
    private static final VectorShuffle<Float> LOW_TWICE = VectorShuffle.fromOp(F, i -> i / 2);
    private static final VectorShuffle<Float> HIGH_TWICE = VectorShuffle.fromOp(F, i -> (LANES + i) / 2);
    private static final VectorShuffle<Float> NEIGHBOUR = VectorShuffle.fromOp(F, i -> i ^ 1);
    private static final FloatVector ALTERNATING = FloatVector.fromArray(F, alternating(), 0);

    private static float[] alternating() {
        float[] signs = new float[LANES];
        for (int i = 0; i < LANES; i++) {
            signs[i] = i % 2 == 0 ? -1 : 1;
        }
        return signs;
    }

    @Override
    public void rmsNorm(float[] x, int xOffset, float[] weight, int weightOffset, float epsilon, float[] out,
            int outOffset, int length) {
        float meanSquare = dot(x, xOffset, x, xOffset, length) / length;
        float factor = (float) (1 / Math.sqrt(meanSquare + epsilon));
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector.fromArray(F, x, xOffset + i).mul(factor).mul(FloatVector.fromArray(F, weight, weightOffset + i))
                    .intoArray(out, outOffset + i);
        }
        for (; i < length; i++) {
            out[outOffset + i] = x[xOffset + i] * factor * weight[weightOffset + i];
        }
    }

    private static float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        FloatVector sum0 = FloatVector.zero(F);
        FloatVector sum1 = FloatVector.zero(F);
        int i = 0;
        for (; i <= length - 2 * LANES; i += 2 * LANES) {
            sum0 = FloatVector.fromArray(F, a, aOffset + i).fma(FloatVector.fromArray(F, b, bOffset + i), sum0);
            sum1 = FloatVector.fromArray(F, a, aOffset + i + LANES)
                    .fma(FloatVector.fromArray(F, b, bOffset + i + LANES), sum1);
        }
        float sum = LaneSum.of(sum0.add(sum1));
        for (; i < length; i++) {
            sum = Math.fma(a[aOffset + i], b[bOffset + i], sum);
        }
        return sum;
    }

    @Override
    public void add(float[] x, int xOffset, float[] y, int yOffset, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector.fromArray(F, x, xOffset + i).add(FloatVector.fromArray(F, y, yOffset + i))
                    .intoArray(x, xOffset + i);
        }
        for (; i < length; i++) {
            x[xOffset + i] += y[yOffset + i];
        }
    }

    @Override
    public void scale(float[] x, int xOffset, float factor, int length) {
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector.fromArray(F, x, xOffset + i).mul(factor).intoArray(x, xOffset + i);
        }
        for (; i < length; i++) {
            x[xOffset + i] *= factor;
        }
    }

    @Override
    public void rope(float[] x, int xOffset, int heads, int headDim, float[] angles, int anglesOffset, int pairs,
            Rope.Style style) {
        for (int head = 0; head < heads; head++) {
            if (style == Rope.Style.HALVES) {
                turnHalves(x, xOffset + head * headDim, angles, anglesOffset, pairs);
            } else {
                turnNeighbours(x, xOffset + head * headDim, angles, anglesOffset, pairs);
            }
        }
    }

    private static void turnHalves(float[] x, int head, float[] angles, int cosines, int pairs) {
        int sines = cosines + pairs;
        int i = 0;
        for (; i <= pairs - LANES; i += LANES) {
            FloatVector cos = FloatVector.fromArray(F, angles, cosines + i);
            FloatVector sin = FloatVector.fromArray(F, angles, sines + i);
            FloatVector first = FloatVector.fromArray(F, x, head + i);
            FloatVector second = FloatVector.fromArray(F, x, head + pairs + i);
            first.mul(cos).sub(second.mul(sin)).intoArray(x, head + i);
            first.mul(sin).add(second.mul(cos)).intoArray(x, head + pairs + i);
        }
        for (; i < pairs; i++) {
            turn(x, head + i, head + pairs + i, angles[cosines + i], angles[sines + i]);
        }
    }

    private static void turnNeighbours(float[] x, int head, float[] angles, int cosines, int pairs) {
        int sines = cosines + pairs;
        int i = 0;
        for (; i <= pairs - LANES; i += LANES) {
            FloatVector cos = FloatVector.fromArray(F, angles, cosines + i);
            FloatVector sin = FloatVector.fromArray(F, angles, sines + i);
            FloatVector low = FloatVector.fromArray(F, x, head + 2 * i);
            FloatVector high = FloatVector.fromArray(F, x, head + 2 * i + LANES);
            FloatVector lowSin = sin.rearrange(LOW_TWICE).mul(ALTERNATING);
            FloatVector highSin = sin.rearrange(HIGH_TWICE).mul(ALTERNATING);
            low.mul(cos.rearrange(LOW_TWICE)).add(low.rearrange(NEIGHBOUR).mul(lowSin)).intoArray(x, head + 2 * i);
            high.mul(cos.rearrange(HIGH_TWICE)).add(high.rearrange(NEIGHBOUR).mul(highSin))
                    .intoArray(x, head + 2 * i + LANES);
        }
        for (; i < pairs; i++) {
            turn(x, head + 2 * i, head + 2 * i + 1, angles[cosines + i], angles[sines + i]);
        }
    }

    private static void turn(float[] x, int first, int second, float cos, float sin) {
        float a = x[first];
        float b = x[second];
        x[first] = a * cos - b * sin;
        x[second] = a * sin + b * cos;
    }

    @Override
    public void dots(float[] a, int aOffset, float[] x, int xOffset, int rows, int length, float[] out,
            int outOffset) {
        int r = 0;
        for (; r <= rows - 4; r += 4) {
            dot4(x, xOffset + r * length, a, aOffset, length, out, outOffset + r);
        }
        for (; r < rows; r++) {
            out[outOffset + r] = dot(a, aOffset, x, xOffset + r * length, length);
        }
    }

    @Override
    public void products(float[] a, int aOffset, int aRows, float[] x, int xOffset, int xRows, int length, float[] out,
            int outOffset, int outStride) {
        int j = 0;
        if (aRows == 4) {
            for (; j <= xRows - 2; j += 2) {
                dot4By2(a, aOffset, x, xOffset + j * length, length, out, outOffset + j * outStride, outStride);
            }
        }
        for (; j < xRows; j++) {
            dots(x, xOffset + j * length, a, aOffset, aRows, length, out, outOffset + j * outStride);
        }
    }

    /** Four rows by one. */
    private static void dot4(float[] a, int a0, float[] x, int xOffset, int length, float[] out, int outOffset) {
        FloatVector sum0 = FloatVector.zero(F);
        FloatVector sum1 = FloatVector.zero(F);
        FloatVector sum2 = FloatVector.zero(F);
        FloatVector sum3 = FloatVector.zero(F);
        int a1 = a0 + length;
        int a2 = a1 + length;
        int a3 = a2 + length;
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector factor = FloatVector.fromArray(F, x, xOffset + i);
            sum0 = factor.fma(FloatVector.fromArray(F, a, a0 + i), sum0);
            sum1 = factor.fma(FloatVector.fromArray(F, a, a1 + i), sum1);
            sum2 = factor.fma(FloatVector.fromArray(F, a, a2 + i), sum2);
            sum3 = factor.fma(FloatVector.fromArray(F, a, a3 + i), sum3);
        }
        float dot0 = LaneSum.of(sum0);
        float dot1 = LaneSum.of(sum1);
        float dot2 = LaneSum.of(sum2);
        float dot3 = LaneSum.of(sum3);
        for (; i < length; i++) {
            float factor = x[xOffset + i];
            dot0 = Math.fma(factor, a[a0 + i], dot0);
            dot1 = Math.fma(factor, a[a1 + i], dot1);
            dot2 = Math.fma(factor, a[a2 + i], dot2);
            dot3 = Math.fma(factor, a[a3 + i], dot3);
        }
        out[outOffset] = dot0;
        out[outOffset + 1] = dot1;
        out[outOffset + 2] = dot2;
        out[outOffset + 3] = dot3;
    }

    /** Four rows by two. */
    private static void dot4By2(float[] a, int a0, float[] x, int x0, int length, float[] out, int out0,
            int outStride) {
        FloatVector sum00 = FloatVector.zero(F);
        FloatVector sum10 = FloatVector.zero(F);
        FloatVector sum20 = FloatVector.zero(F);
        FloatVector sum30 = FloatVector.zero(F);
        FloatVector sum01 = FloatVector.zero(F);
        FloatVector sum11 = FloatVector.zero(F);
        FloatVector sum21 = FloatVector.zero(F);
        FloatVector sum31 = FloatVector.zero(F);
        int a1 = a0 + length;
        int a2 = a1 + length;
        int a3 = a2 + length;
        int x1 = x0 + length;
        int end = length - length % LANES;
        for (int i = 0; i < end; i += LANES) {
            FloatVector first = FloatVector.fromArray(F, x, x0 + i);
            FloatVector second = FloatVector.fromArray(F, x, x1 + i);
            FloatVector row = FloatVector.fromArray(F, a, a0 + i);
            sum00 = row.fma(first, sum00);
            sum01 = row.fma(second, sum01);
            row = FloatVector.fromArray(F, a, a1 + i);
            sum10 = row.fma(first, sum10);
            sum11 = row.fma(second, sum11);
            row = FloatVector.fromArray(F, a, a2 + i);
            sum20 = row.fma(first, sum20);
            sum21 = row.fma(second, sum21);
            row = FloatVector.fromArray(F, a, a3 + i);
            sum30 = row.fma(first, sum30);
            sum31 = row.fma(second, sum31);
        }
        int out1 = out0 + outStride;
        out[out0] = LaneSum.of(sum00) + rest(a, a0, x, x0, end, length);
        out[out0 + 1] = LaneSum.of(sum10) + rest(a, a1, x, x0, end, length);
        out[out0 + 2] = LaneSum.of(sum20) + rest(a, a2, x, x0, end, length);
        out[out0 + 3] = LaneSum.of(sum30) + rest(a, a3, x, x0, end, length);
        out[out1] = LaneSum.of(sum01) + rest(a, a0, x, x1, end, length);
        out[out1 + 1] = LaneSum.of(sum11) + rest(a, a1, x, x1, end, length);
        out[out1 + 2] = LaneSum.of(sum21) + rest(a, a2, x, x1, end, length);
        out[out1 + 3] = LaneSum.of(sum31) + rest(a, a3, x, x1, end, length);
    }

    /** The products that did not fill a vector. */
    private static float rest(float[] a, int aOffset, float[] x, int xOffset, int from, int to) {
        float sum = 0;
        for (int i = from; i < to; i++) {
            sum = Math.fma(a[aOffset + i], x[xOffset + i], sum);
        }
        return sum;
    }

    @Override
    public void addWeighted(float[] factors, int factorsOffset, float[] x, int xOffset, int rows, int length,
            float[] out, int outOffset) {
        int i = 0;
        for (; i <= length - 4 * LANES; i += 4 * LANES) {
            FloatVector sum0 = FloatVector.fromArray(F, out, outOffset + i);
            FloatVector sum1 = FloatVector.fromArray(F, out, outOffset + i + LANES);
            FloatVector sum2 = FloatVector.fromArray(F, out, outOffset + i + 2 * LANES);
            FloatVector sum3 = FloatVector.fromArray(F, out, outOffset + i + 3 * LANES);
            int at = xOffset + i;
            for (int r = 0; r < rows; r++) {
                FloatVector factor = FloatVector.broadcast(F, factors[factorsOffset + r]);
                sum0 = factor.fma(FloatVector.fromArray(F, x, at), sum0);
                sum1 = factor.fma(FloatVector.fromArray(F, x, at + LANES), sum1);
                sum2 = factor.fma(FloatVector.fromArray(F, x, at + 2 * LANES), sum2);
                sum3 = factor.fma(FloatVector.fromArray(F, x, at + 3 * LANES), sum3);
                at += length;
            }
            sum0.intoArray(out, outOffset + i);
            sum1.intoArray(out, outOffset + i + LANES);
            sum2.intoArray(out, outOffset + i + 2 * LANES);
            sum3.intoArray(out, outOffset + i + 3 * LANES);
        }
        for (; i <= length - LANES; i += LANES) {
            FloatVector sum = FloatVector.fromArray(F, out, outOffset + i);
            for (int r = 0; r < rows; r++) {
                sum = FloatVector.fromArray(F, x, xOffset + r * length + i)
                        .fma(FloatVector.broadcast(F, factors[factorsOffset + r]), sum);
            }
            sum.intoArray(out, outOffset + i);
        }
        for (; i < length; i++) {
            float sum = out[outOffset + i];
            for (int r = 0; r < rows; r++) {
                sum = Math.fma(factors[factorsOffset + r], x[xOffset + r * length + i], sum);
            }
            out[outOffset + i] = sum;
        }
    }
}
