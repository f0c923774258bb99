/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.List;
import java.util.Random;

import io.pinyon.device.Activation;
import io.pinyon.device.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.pinyon.device.contract.Tolerances.assertRelative;
import static io.pinyon.device.contract.Tolerances.assertWithin;
import static org.assertj.core.api.Assertions.assertThat;

/** Normalisation, elementwise ops, and copies of rows. */
public interface ElementContract extends DeviceSupplier {
    @Test
    default void rmsNormAgreesAtEveryWidth() {
        Random random = Seeds.random("rmsNorm");
        try (Lab lab = lab()) {
            for (int dim : Samples.SIZES) {
                int rows = Samples.pick(Samples.ROWS, random);
                float[] x = Samples.rough(rows * dim, random);
                checkNorm(lab, x, rows, Samples.normal(dim, random), 1e-5f);
                checkNorm(lab, Samples.scaled(Samples.normal(rows * dim, random), 1e-10), rows,
                        Samples.normal(dim, random), 1e-6f);
                checkNorm(lab, Samples.scaled(Samples.normal(rows * dim, random), 1e15), rows,
                        Samples.normal(dim, random), 1e-6f);
            }
        }
    }

    private static void checkNorm(Lab lab, float[] x, int rows, float[] weight, float epsilon) {
        String what = "rmsNorm [%d, %d]".formatted(rows, weight.length);
        double[] expected = Reference.rmsNorm(x, rows, weight, epsilon);
        double relative = Tolerances.ELEMENT + Tolerances.dot(weight.length);
        Tensor in = lab.tensor(rows, x);
        Tensor factors = lab.tensor(1, weight);
        Tensor out = lab.poisoned(rows, weight.length);
        lab.ops().rmsNorm(in, factors, epsilon, out);
        assertRelative(what, lab.read(out), expected, relative);
        lab.ops().rmsNorm(in, factors, epsilon, in);
        assertRelative(what + " in place", lab.read(in), expected, relative);
    }

    @Test
    default void rmsNormOfZerosIsZero() {
        try (Lab lab = lab()) {
            Tensor x = lab.tensor(2, new float[34]);
            lab.ops().rmsNorm(x, lab.tensor(1, Samples.normal(17, Seeds.random("zeros"))), 1e-6f, x);
            for (float value : lab.read(x)) {
                assertThat(value).isZero();
            }
        }
    }

    @Test
    default void rmsNormTreatsEachHeadOfAReshapedRowAlone() {
        Random random = Seeds.random("head norm");
        try (Lab lab = lab()) {
            float[] x = Samples.normal(3 * 4 * 20, random);
            float[] weight = Samples.normal(20, random);
            Tensor in = lab.tensor(3, x);
            Tensor heads = in.reshape(12, 20);
            lab.ops().rmsNorm(heads, lab.tensor(1, weight), 1e-6f, heads);
            assertRelative("heads", lab.read(in), Reference.rmsNorm(x, 12, weight, 1e-6f),
                    Tolerances.ELEMENT + Tolerances.dot(20));
        }
    }

    @Test
    default void sumsAndProductsAreRoundedOnce() {
        Random random = Seeds.random("sums");
        try (Lab lab = lab()) {
            for (int dim : Samples.SIZES) {
                int rows = Samples.pick(Samples.ROWS, random);
                float[] a = Samples.rough(rows * dim, random);
                float[] b = Samples.rough(rows * dim, random);
                float[] bias = Samples.rough(dim, random);
                float[] sum = new float[a.length];
                float[] biased = new float[a.length];
                float[] product = new float[a.length];
                for (int i = 0; i < a.length; i++) {
                    sum[i] = a[i] + b[i];
                    biased[i] = a[i] + bias[i % dim];
                    product[i] = a[i] * -0.37f;
                }
                Tensor x = lab.tensor(rows, a);
                lab.ops().add(x, lab.tensor(rows, b));
                assertThat(lab.read(x)).as("add").isEqualTo(sum);
                Tensor y = lab.tensor(rows, a);
                lab.ops().addBias(y, lab.tensor(1, bias));
                assertThat(lab.read(y)).as("addBias").isEqualTo(biased);
                Tensor z = lab.tensor(rows, a);
                lab.ops().scale(z, -0.37f);
                assertThat(lab.read(z)).as("scale").isEqualTo(product);
            }
        }
    }

    @Test
    default void elementwiseOpsOnAViewLeaveItsSurroundings() {
        Random random = Seeds.random("views");
        float[] values = Samples.normal(9 * 7, random);
        try (Lab lab = lab()) {
            Tensor x = lab.tensor(9, values);
            Tensor view = x.rows(2, 5);
            lab.ops().scale(view, 2f);
            lab.ops().add(view, view);
            for (int i = 0; i < values.length; i++) {
                assertThat(lab.read(x)[i]).isEqualTo(i >= 14 && i < 35 ? 4 * values[i] : values[i]);
            }
        }
    }

    @Test
    default void softcapNeverLeavesTheCap() {
        Random random = Seeds.random("softcap");
        try (Lab lab = lab()) {
            for (float cap : new float[]{1f, 30f, 50f}) {
                for (int count : Samples.SIZES) {
                    float[] values = Samples.rough(count, random);
                    double[] expected = new double[count];
                    double[] bounds = new double[count];
                    for (int i = 0; i < count; i++) {
                        expected[i] = cap * Math.tanh(values[i] / (double) cap);
                        bounds[i] = Tolerances.TRANSCENDENTAL * Math.abs(expected[i]) + Tolerances.ELEMENT * cap;
                    }
                    Tensor x = lab.tensor(1, values);
                    lab.ops().softcap(x, cap);
                    assertWithin("softcap " + cap, lab.read(x), expected, bounds);
                    for (float value : lab.read(x)) {
                        assertThat(value).isBetween(-cap, cap);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void gatedActivationAgrees(Activation activation) {
        Random random = Seeds.random("gated", activation);
        try (Lab lab = lab()) {
            for (int dim : Samples.SIZES) {
                int rows = dim > 300 ? 1 : 2;
                checkGated(lab, activation, rows, Samples.rough(rows * dim, random),
                        Samples.rough(rows * dim, random));
            }
            float[] sweep = new float[401];
            float[] ones = new float[sweep.length];
            for (int i = 0; i < sweep.length; i++) {
                sweep[i] = (i - 200) * 0.0625f;
                ones[i] = 1;
            }
            checkGated(lab, activation, 1, sweep, ones);
        }
    }

    private static void checkGated(Lab lab, Activation activation, int rows, float[] gate, float[] up) {
        double[] expected = new double[gate.length];
        double[] bounds = new double[gate.length];
        for (int i = 0; i < gate.length; i++) {
            expected[i] = Reference.activation(activation, gate[i]) * up[i];
            // the tails of GELU are differences of nearly equal numbers, hence relative to the gate
            bounds[i] = Tolerances.TRANSCENDENTAL * Math.abs(gate[i] * (double) up[i])
                    + Tolerances.SMALLEST_NORMAL * Math.abs(up[i]);
        }
        Tensor left = lab.tensor(rows, gate);
        Tensor right = lab.tensor(rows, up);
        Tensor out = lab.poisoned(rows, gate.length / rows);
        lab.ops().gatedActivation(activation, left, right, out);
        assertWithin(activation + " of " + gate.length, lab.read(out), expected, bounds);
        float[] result = lab.read(out);
        Tensor gateCopy = lab.tensor(rows, gate);
        lab.ops().gatedActivation(activation, gateCopy, right, gateCopy);
        assertThat(lab.read(gateCopy)).as("out is gate").isEqualTo(result);
        lab.ops().gatedActivation(activation, left, right, right);
        assertThat(lab.read(right)).as("out is up").isEqualTo(result);
    }

    @Test
    default void gatherRowsCopiesExactly() {
        Random random = Seeds.random("gather");
        try (Lab lab = lab()) {
            for (int dim : Samples.SIZES) {
                float[] x = Samples.rough(6 * dim, random);
                List<Integer> rows = List.of(5, 0, 3, 3, 5);
                Tensor out = lab.poisoned(rows.size(), dim);
                lab.ops().gatherRows(lab.tensor(6, x),
                        lab.ints(rows.stream().mapToInt(Integer::intValue).toArray()), out);
                float[] result = lab.read(out);
                for (int i = 0; i < result.length; i++) {
                    assertThat(result[i]).isEqualTo(x[rows.get(i / dim) * dim + i % dim]);
                }
            }
        }
    }
}
