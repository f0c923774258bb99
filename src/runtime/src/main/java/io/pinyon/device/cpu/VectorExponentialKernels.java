/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import io.pinyon.device.Activation;

/** Activations and softmax. */
final class VectorExponentialKernels implements ExponentialKernels {
    private static final int BITS = Specialised.bits(MethodHandles.lookup());
    private static final VectorSpecies<Float> F = VectorSpecies.of(float.class, VectorShape.forBitSize(BITS));
    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorShape.forBitSize(BITS));
    private static final int LANES = F.length();

    /** Below, the result would be subnormal and counts as 0; above, it would overflow and stays large and finite. */
    private static final float SMALLEST = -87.3365f;
    private static final float LARGEST = 88.3762f;
    private static final float LOG2_E = 1.442695f;
    private static final float LN_2_HIGH = 0.69314575f;
    private static final float LN_2_LOW = 1.4286068e-6f;

    /** Adding 1.5 * 2^23 rounds to an integer, which then is in the low bits. */
    private static final float ROUND = 0x1.8p23f;

    private static final float TANH_GELU_INNER = 0.7978846f;
    private static final float TANH_GELU_CUBE = 0.044715f;

    @Override
    public void softcap(float[] x, int offset, float cap, int length) {
        for (int i = 0; i < length; i += LANES) {
            VectorMask<Float> inside = F.indexInRange(i, length);
            FloatVector value = FloatVector.fromArray(F, x, offset + i, inside);
            tanh(value.mul(1 / cap)).mul(cap).intoArray(x, offset + i, inside);
        }
    }

    @Override
    public void gated(Activation activation, float[] gate, int gateOffset, float[] up, int upOffset, float[] out,
            int outOffset, int length) {
        switch (activation) {
            case SILU -> silu(gate, gateOffset, up, upOffset, out, outOffset, length);
            case GELU_TANH -> geluTanh(gate, gateOffset, up, upOffset, out, outOffset, length);
            case GELU -> gelu(gate, gateOffset, up, upOffset, out, outOffset, length);
        }
    }

    private static void gelu(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
            int length) {
        for (int i = 0; i < length; i += LANES) {
            VectorMask<Float> inside = F.indexInRange(i, length);
            FloatVector x = FloatVector.fromArray(F, gate, gateOffset + i, inside);
            FloatVector y = FloatVector.fromArray(F, up, upOffset + i, inside);
            FloatVector tail = normalTail(x.abs());
            FloatVector cumulative = tail.blend(FloatVector.broadcast(F, 1).sub(tail),
                    x.compare(VectorOperators.GT, 0));
            x.mul(cumulative).mul(y).intoArray(out, outOffset + i, inside);
        }
    }

    private static void silu(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
            int length) {
        for (int i = 0; i < length; i += LANES) {
            VectorMask<Float> inside = F.indexInRange(i, length);
            FloatVector x = FloatVector.fromArray(F, gate, gateOffset + i, inside);
            FloatVector y = FloatVector.fromArray(F, up, upOffset + i, inside);
            x.div(exp(bounded(x.neg())).add(1)).mul(y).intoArray(out, outOffset + i, inside);
        }
    }

    private static void geluTanh(float[] gate, int gateOffset, float[] up, int upOffset, float[] out, int outOffset,
            int length) {
        for (int i = 0; i < length; i += LANES) {
            VectorMask<Float> inside = F.indexInRange(i, length);
            FloatVector x = FloatVector.fromArray(F, gate, gateOffset + i, inside);
            FloatVector y = FloatVector.fromArray(F, up, upOffset + i, inside);
            FloatVector inner = x.mul(x).mul(TANH_GELU_CUBE).add(1).mul(x).mul(TANH_GELU_INNER);
            // (1 + tanh(z)) / 2 = 1 / (1 + exp(-2z))
            x.div(exp(bounded(inner.mul(-2))).add(1)).mul(y).intoArray(out, outOffset + i, inside);
        }
    }

    @Override
    public float max(float[] x, int offset, int length) {
        FloatVector max = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector value = FloatVector.fromArray(F, x, offset + i);
            max = max.blend(value, value.compare(VectorOperators.GT, max));
        }
        float largest = max.reduceLanes(VectorOperators.MAX);
        for (; i < length; i++) {
            largest = Math.max(largest, x[offset + i]);
        }
        return largest;
    }

    @Override
    public float exponentials(float[] x, int offset, float max, int length) {
        FloatVector sum = FloatVector.zero(F);
        int i = 0;
        for (; i <= length - LANES; i += LANES) {
            FloatVector value = exp(FloatVector.fromArray(F, x, offset + i).sub(max));
            value.intoArray(x, offset + i);
            sum = sum.add(value);
        }
        if (i < length) {
            VectorMask<Float> inside = F.indexInRange(i, length);
            FloatVector value = exp(FloatVector.fromArray(F, x, offset + i, inside).sub(max));
            value.intoArray(x, offset + i, inside);
            sum = sum.add(value, inside);
        }
        return LaneSum.of(sum);
    }

    @Override
    public void softmaxStep(float[] scores, int keys, int width, int columns, float[] maxima, float[] sums,
            float[] factors) {
        for (int j = 0; j < columns; j += LANES) {
            FloatVector before = FloatVector.fromArray(F, maxima, j);
            FloatVector max = before;
            for (int k = 0; k < keys; k++) {
                FloatVector score = FloatVector.fromArray(F, scores, k * width + j);
                max = max.blend(score, score.compare(VectorOperators.GT, max));
            }
            max.intoArray(maxima, j);
            // a column that has seen no key yet: any finite reference makes all its exponentials 0
            VectorMask<Float> none = max.compare(VectorOperators.EQ, Float.NEGATIVE_INFINITY);
            FloatVector reference = max.blend(0, none);
            FloatVector sum = FloatVector.zero(F);
            for (int k = 0; k < keys; k++) {
                FloatVector weight = exp(FloatVector.fromArray(F, scores, k * width + j).sub(reference));
                weight.intoArray(scores, k * width + j);
                sum = sum.add(weight);
            }
            FloatVector factor = exp(before.sub(reference));
            factor.intoArray(factors, j);
            FloatVector.fromArray(F, sums, j).fma(factor, sum).intoArray(sums, j);
        }
    }

    @Override
    public void mask(float[] scores, int keys, int width, int columns, int firstKey, int[] first, int[] last) {
        for (int j = 0; j < columns; j += LANES) {
            IntVector from = IntVector.fromArray(I, first, j);
            IntVector to = IntVector.fromArray(I, last, j);
            for (int k = 0; k < keys; k++) {
                VectorMask<Integer> hidden = from.compare(VectorOperators.GT, firstKey + k)
                        .or(to.compare(VectorOperators.LT, firstKey + k));
                FloatVector.fromArray(F, scores, k * width + j).blend(Float.NEGATIVE_INFINITY, hidden.cast(F))
                        .intoArray(scores, k * width + j);
            }
        }
    }

    @Override
    public void scaleColumns(float[] values, int offset, int rows, int width, int columns, float[] factors) {
        for (int j = 0; j < columns; j += LANES) {
            FloatVector factor = FloatVector.fromArray(F, factors, j);
            for (int r = 0; r < rows; r++) {
                FloatVector.fromArray(F, values, offset + r * width + j).mul(factor)
                        .intoArray(values, offset + r * width + j);
            }
        }
    }

    /**
     * What the normal distribution has beyond {@code x >= 0}: {@code exp(-x^2 / 2) t P(t)} with
     * {@code t = 1 / (1 + 0.35 x)}, the form of Hastings, Approximations for Digital Computers, 1955; the polynomial is
     * fitted at Chebyshev nodes for x up to 14.
     */
    private static FloatVector normalTail(FloatVector x) {
        FloatVector t = FloatVector.broadcast(F, 1).div(x.mul(0.35f).add(1));
        FloatVector p = t.mul(-0.02955257f).add(0.1458925f);
        p = step(p, t, -0.25954765f);
        p = step(p, t, 0.16337919f);
        p = step(p, t, -0.025870835f);
        p = step(p, t, 0.106614f);
        p = step(p, t, 0.11957015f);
        p = step(p, t, 0.13989556f);
        p = step(p, t, 0.13961962f);
        return exp(x.mul(x).mul(-0.5f)).mul(t).mul(p);
    }

    /** {@code 1 - 2 / (exp(2x) + 1)}, and near 0, where that cancels, the Taylor series. */
    private static FloatVector tanh(FloatVector x) {
        FloatVector wide = exp(bounded(x.add(x))).add(1);
        FloatVector far = FloatVector.broadcast(F, 1).sub(FloatVector.broadcast(F, 2).div(wide));
        FloatVector square = x.mul(x);
        FloatVector series = square.mul(62f / 2835).sub(17f / 315);
        series = step(series, square, 2f / 15);
        series = step(series, square, -1f / 3);
        FloatVector near = series.mul(square).fma(x, x);
        return far.blend(near, square.compare(VectorOperators.LT, 0.0625f));
    }

    /** Keeps {@link #exp} from overflowing. */
    private static FloatVector bounded(FloatVector x) {
        return x.blend(LARGEST, x.compare(VectorOperators.GT, LARGEST));
    }

    /**
     * {@code exp(x) = 2^n exp(r)} with integer {@code n} and {@code |r| <= ln(2) / 2}, the latter by a polynomial
     * fitted at Chebyshev nodes; x must be at most {@link #LARGEST}; the reduction is that of Cody and Waite, Software Manual for the Elementary Functions, 1980.
     *
     * <p>In pieces, because the compiler inlines small methods everywhere, but larger ones only where it finds them hot;
     * a vector that crosses a call is put into an object.
     */
    private static FloatVector exp(FloatVector x) {
        return power(x, shifted(x)).blend(0, x.compare(VectorOperators.LT, SMALLEST));
    }

    /** {@code n}, in the low bits of its representation. */
    private static FloatVector shifted(FloatVector x) {
        return step(x, FloatVector.broadcast(F, LOG2_E), ROUND);
    }

    private static FloatVector power(FloatVector x, FloatVector shifted) {
        return scaled(fraction(remainder(x, shifted.sub(ROUND))), shifted.reinterpretAsInts());
    }

    private static FloatVector remainder(FloatVector x, FloatVector n) {
        FloatVector rough = n.fma(FloatVector.broadcast(F, -LN_2_HIGH), x);
        return n.fma(FloatVector.broadcast(F, -LN_2_LOW), rough);
    }

    private static FloatVector fraction(FloatVector r) {
        return series(r).fma(r.mul(r), r.add(1));
    }

    private static FloatVector series(FloatVector r) {
        return step(step(step(tail(r), r, 0.041666463f), r, 0.16666576f), r, 0.5f);
    }

    private static FloatVector tail(FloatVector r) {
        return r.mul(0.0013933734f).add(0.008363236f);
    }

    private static FloatVector scaled(FloatVector fraction, IntVector exponent) {
        return fraction.reinterpretAsInts().add(exponent.lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
    }

    /** A step of Horner's rule. */
    private static FloatVector step(FloatVector p, FloatVector x, float coefficient) {
        return p.fma(x, FloatVector.broadcast(F, coefficient));
    }
}
