/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
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

    /** Rows of {@link #dot8}, and the vectors of a row that {@link #addWeighted} works on at once. */
    private static final int EIGHT = 8;

    /** For {@link #halves}: blocks of {@code LANES}, {@code LANES / 2}, {@code LANES / 4} and two lanes. */
    private static final VectorShuffle<Float> SWAP_1 = swap(LANES / 2);
    private static final VectorShuffle<Float> SWAP_2 = swap(LANES / 4);
    private static final VectorShuffle<Float> SWAP_3 = swap(LANES / 8);
    private static final VectorShuffle<Float> SWAP_4 = swap(1);
    private static final VectorMask<Float> LOW_1 = low(LANES / 2);
    private static final VectorMask<Float> LOW_2 = low(LANES / 4);
    private static final VectorMask<Float> LOW_3 = low(LANES / 8);
    private static final VectorMask<Float> LOW_4 = low(1);

    private static VectorShuffle<Float> swap(int distance) {
        return VectorShuffle.fromOp(F, i -> i ^ distance);
    }

    private static VectorMask<Float> low(int distance) {
        boolean[] lanes = new boolean[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = (i & distance) == 0;
        }
        return VectorMask.fromArray(F, lanes, 0);
    }

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
        if (LANES >= EIGHT && length % LANES == 0) {
            for (; r <= rows - LANES; r += LANES) {
                dotLanes(a, aOffset, x, xOffset + r * length, length, out, outOffset + r);
            }
        }
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

    /** As many rows as there are lanes, 8 or 16, by one. */
    private static void dotLanes(float[] a, int aOffset, float[] x, int xOffset, int length, float[] out,
            int outOffset) {
        int stride = length * (LANES / EIGHT);
        dot8(a, aOffset, x, xOffset, stride, length, out, outOffset);
        if (LANES > EIGHT) {
            FloatVector even = FloatVector.fromArray(F, out, outOffset);
            dot8(a, aOffset, x, xOffset + length, stride, length, out, outOffset);
            halves(even, FloatVector.fromArray(F, out, outOffset), SWAP_4, LOW_4).intoArray(out, outOffset);
        }
    }

    /**
     * Eight rows by one. The lanes of all sums are added in the order of {@link LaneSum}, but those of two sums at a
     * time, down to one of 8 lanes or two of 16 for each row.
     *
     * @param stride from row to row
     */
    private static void dot8(float[] a, int aOffset, float[] x, int x0, int stride, int length, float[] out,
            int outOffset) {
        FloatVector sum0 = FloatVector.zero(F);
        FloatVector sum1 = FloatVector.zero(F);
        FloatVector sum2 = FloatVector.zero(F);
        FloatVector sum3 = FloatVector.zero(F);
        FloatVector sum4 = FloatVector.zero(F);
        FloatVector sum5 = FloatVector.zero(F);
        FloatVector sum6 = FloatVector.zero(F);
        FloatVector sum7 = FloatVector.zero(F);
        int x1 = x0 + stride;
        int x2 = x1 + stride;
        int x3 = x2 + stride;
        int x4 = x3 + stride;
        int x5 = x4 + stride;
        int x6 = x5 + stride;
        int x7 = x6 + stride;
        for (int i = 0; i < length; i += LANES) {
            FloatVector factor = FloatVector.fromArray(F, a, aOffset + i);
            sum0 = factor.fma(FloatVector.fromArray(F, x, x0 + i), sum0);
            sum1 = factor.fma(FloatVector.fromArray(F, x, x1 + i), sum1);
            sum2 = factor.fma(FloatVector.fromArray(F, x, x2 + i), sum2);
            sum3 = factor.fma(FloatVector.fromArray(F, x, x3 + i), sum3);
            sum4 = factor.fma(FloatVector.fromArray(F, x, x4 + i), sum4);
            sum5 = factor.fma(FloatVector.fromArray(F, x, x5 + i), sum5);
            sum6 = factor.fma(FloatVector.fromArray(F, x, x6 + i), sum6);
            sum7 = factor.fma(FloatVector.fromArray(F, x, x7 + i), sum7);
        }
        FloatVector even = halves(halves(sum0, sum4, SWAP_1, LOW_1), halves(sum2, sum6, SWAP_1, LOW_1), SWAP_2, LOW_2);
        FloatVector odd = halves(halves(sum1, sum5, SWAP_1, LOW_1), halves(sum3, sum7, SWAP_1, LOW_1), SWAP_2, LOW_2);
        halves(even, odd, SWAP_3, LOW_3).intoArray(out, outOffset);
    }

    /** Of every block of lanes the sum of both halves: in the low half for a, in the high one for b. */
    private static FloatVector halves(FloatVector a, FloatVector b, VectorShuffle<Float> swap, VectorMask<Float> low) {
        return b.blend(a, low).add(a.blend(b, low).rearrange(swap));
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
        addWeighted(factors, factorsOffset, x, xOffset, rows, length, length, out, outOffset);
    }

    /** With rows that are so many values apart. */
    private static void addWeighted(float[] factors, int factorsOffset, float[] x, int xOffset, int rows, int length,
            int stride, float[] out, int outOffset) {
        int i = 0;
        for (; i <= length - EIGHT * LANES; i += EIGHT * LANES) {
            addWeighted8(factors, factorsOffset, x, xOffset + i, rows, stride, out, outOffset + i);
        }
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
                at += stride;
            }
            sum0.intoArray(out, outOffset + i);
            sum1.intoArray(out, outOffset + i + LANES);
            sum2.intoArray(out, outOffset + i + 2 * LANES);
            sum3.intoArray(out, outOffset + i + 3 * LANES);
        }
        for (; i <= length - LANES; i += LANES) {
            FloatVector sum = FloatVector.fromArray(F, out, outOffset + i);
            for (int r = 0; r < rows; r++) {
                sum = FloatVector.fromArray(F, x, xOffset + r * stride + i)
                        .fma(FloatVector.broadcast(F, factors[factorsOffset + r]), sum);
            }
            sum.intoArray(out, outOffset + i);
        }
        for (; i < length; i++) {
            float sum = out[outOffset + i];
            for (int r = 0; r < rows; r++) {
                sum = Math.fma(factors[factorsOffset + r], x[xOffset + r * stride + i], sum);
            }
            out[outOffset + i] = sum;
        }
    }

    /** Eight vectors of the result. */
    private static void addWeighted8(float[] factors, int factorsOffset, float[] x, int xOffset, int rows, int stride,
            float[] out, int outOffset) {
        FloatVector sum0 = FloatVector.fromArray(F, out, outOffset);
        FloatVector sum1 = FloatVector.fromArray(F, out, outOffset + LANES);
        FloatVector sum2 = FloatVector.fromArray(F, out, outOffset + 2 * LANES);
        FloatVector sum3 = FloatVector.fromArray(F, out, outOffset + 3 * LANES);
        FloatVector sum4 = FloatVector.fromArray(F, out, outOffset + 4 * LANES);
        FloatVector sum5 = FloatVector.fromArray(F, out, outOffset + 5 * LANES);
        FloatVector sum6 = FloatVector.fromArray(F, out, outOffset + 6 * LANES);
        FloatVector sum7 = FloatVector.fromArray(F, out, outOffset + 7 * LANES);
        int at = xOffset;
        for (int r = 0; r < rows; r++) {
            FloatVector factor = FloatVector.broadcast(F, factors[factorsOffset + r]);
            sum0 = factor.fma(FloatVector.fromArray(F, x, at), sum0);
            sum1 = factor.fma(FloatVector.fromArray(F, x, at + LANES), sum1);
            sum2 = factor.fma(FloatVector.fromArray(F, x, at + 2 * LANES), sum2);
            sum3 = factor.fma(FloatVector.fromArray(F, x, at + 3 * LANES), sum3);
            sum4 = factor.fma(FloatVector.fromArray(F, x, at + 4 * LANES), sum4);
            sum5 = factor.fma(FloatVector.fromArray(F, x, at + 5 * LANES), sum5);
            sum6 = factor.fma(FloatVector.fromArray(F, x, at + 6 * LANES), sum6);
            sum7 = factor.fma(FloatVector.fromArray(F, x, at + 7 * LANES), sum7);
            at += stride;
        }
        sum0.intoArray(out, outOffset);
        sum1.intoArray(out, outOffset + LANES);
        sum2.intoArray(out, outOffset + 2 * LANES);
        sum3.intoArray(out, outOffset + 3 * LANES);
        sum4.intoArray(out, outOffset + 4 * LANES);
        sum5.intoArray(out, outOffset + 5 * LANES);
        sum6.intoArray(out, outOffset + 6 * LANES);
        sum7.intoArray(out, outOffset + 7 * LANES);
    }

    @Override
    public void addWeightedToFour(float[] factors, int factorsOffset, int factorsStride, float[] x, int xOffset,
            int rows, int length, float[] out, int outOffset) {
        int done = 0;
        if (LANES == 2 * EIGHT) {
            for (; done <= length - 4 * LANES; done += 4 * LANES) {
                addWeighted4By4(factors, factorsOffset, factorsStride, x, xOffset + done, rows, length, out,
                        outOffset + done);
            }
        }
        for (int q = 0; done < length && q < 4; q++) {
            addWeighted(factors, factorsOffset + q * factorsStride, x, xOffset + done, rows, length - done, length, out,
                    outOffset + q * length + done);
        }
    }

    /** Four vectors of each of four results, with 16 lanes, whose processors have registers for that. */
    private static void addWeighted4By4(float[] factors, int factorsOffset, int factorsStride, float[] x, int xOffset,
            int rows, int stride, float[] out, int outOffset) {
        int out1 = outOffset + stride;
        int out2 = outOffset + 2 * stride;
        int out3 = outOffset + 3 * stride;
        FloatVector sum00 = FloatVector.fromArray(F, out, outOffset);
        FloatVector sum01 = FloatVector.fromArray(F, out, outOffset + LANES);
        FloatVector sum02 = FloatVector.fromArray(F, out, outOffset + 2 * LANES);
        FloatVector sum03 = FloatVector.fromArray(F, out, outOffset + 3 * LANES);
        FloatVector sum10 = FloatVector.fromArray(F, out, out1);
        FloatVector sum11 = FloatVector.fromArray(F, out, out1 + LANES);
        FloatVector sum12 = FloatVector.fromArray(F, out, out1 + 2 * LANES);
        FloatVector sum13 = FloatVector.fromArray(F, out, out1 + 3 * LANES);
        FloatVector sum20 = FloatVector.fromArray(F, out, out2);
        FloatVector sum21 = FloatVector.fromArray(F, out, out2 + LANES);
        FloatVector sum22 = FloatVector.fromArray(F, out, out2 + 2 * LANES);
        FloatVector sum23 = FloatVector.fromArray(F, out, out2 + 3 * LANES);
        FloatVector sum30 = FloatVector.fromArray(F, out, out3);
        FloatVector sum31 = FloatVector.fromArray(F, out, out3 + LANES);
        FloatVector sum32 = FloatVector.fromArray(F, out, out3 + 2 * LANES);
        FloatVector sum33 = FloatVector.fromArray(F, out, out3 + 3 * LANES);
        int at = xOffset;
        for (int r = factorsOffset; r < factorsOffset + rows; r++) {
            FloatVector factor0 = FloatVector.broadcast(F, factors[r]);
            FloatVector factor1 = FloatVector.broadcast(F, factors[r + factorsStride]);
            FloatVector factor2 = FloatVector.broadcast(F, factors[r + 2 * factorsStride]);
            FloatVector factor3 = FloatVector.broadcast(F, factors[r + 3 * factorsStride]);
            FloatVector row = FloatVector.fromArray(F, x, at);
            sum00 = factor0.fma(row, sum00);
            sum10 = factor1.fma(row, sum10);
            sum20 = factor2.fma(row, sum20);
            sum30 = factor3.fma(row, sum30);
            row = FloatVector.fromArray(F, x, at + LANES);
            sum01 = factor0.fma(row, sum01);
            sum11 = factor1.fma(row, sum11);
            sum21 = factor2.fma(row, sum21);
            sum31 = factor3.fma(row, sum31);
            row = FloatVector.fromArray(F, x, at + 2 * LANES);
            sum02 = factor0.fma(row, sum02);
            sum12 = factor1.fma(row, sum12);
            sum22 = factor2.fma(row, sum22);
            sum32 = factor3.fma(row, sum32);
            row = FloatVector.fromArray(F, x, at + 3 * LANES);
            sum03 = factor0.fma(row, sum03);
            sum13 = factor1.fma(row, sum13);
            sum23 = factor2.fma(row, sum23);
            sum33 = factor3.fma(row, sum33);
            at += stride;
        }
        sum00.intoArray(out, outOffset);
        sum01.intoArray(out, outOffset + LANES);
        sum02.intoArray(out, outOffset + 2 * LANES);
        sum03.intoArray(out, outOffset + 3 * LANES);
        sum10.intoArray(out, out1);
        sum11.intoArray(out, out1 + LANES);
        sum12.intoArray(out, out1 + 2 * LANES);
        sum13.intoArray(out, out1 + 3 * LANES);
        sum20.intoArray(out, out2);
        sum21.intoArray(out, out2 + LANES);
        sum22.intoArray(out, out2 + 2 * LANES);
        sum23.intoArray(out, out2 + 3 * LANES);
        sum30.intoArray(out, out3);
        sum31.intoArray(out, out3 + LANES);
        sum32.intoArray(out, out3 + 2 * LANES);
        sum33.intoArray(out, out3 + 3 * LANES);
    }
}
