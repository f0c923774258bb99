/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.List;
import java.util.Random;

import io.pinyon.device.Ops;
import io.pinyon.device.Projection;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static io.pinyon.device.contract.Tolerances.assertRelative;
import static io.pinyon.device.contract.Tolerances.assertWithin;
import static org.assertj.core.api.Assertions.assertThat;

/** Ops that read weight matrices. */
public interface MatmulContract extends DeviceSupplier {
    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#weightFormats")
    default void matmulAgreesAtEveryWidth(WeightFormat format) {
        Random random = Seeds.random("matmul widths", format.name());
        try (Lab lab = lab()) {
            for (int size : Samples.SIZES) {
                if (size % format.blockElements() == 0) {
                    checkMatmul(lab, format, Samples.pick(Samples.ROWS, random), Samples.pick(Samples.SIZES, random),
                            size, random);
                }
            }
            for (int blocks : List.of(1, 2, 3, 5, 9)) {
                checkMatmul(lab, format, Samples.pick(Samples.ROWS, random), 1 + random.nextInt(70),
                        blocks * format.blockElements(), random);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#weightFormats")
    default void matmulAgreesForEveryNumberOfRowsAndOutputs(WeightFormat format) {
        Random random = Seeds.random("matmul rows", format.name());
        int cols = format.blockElements() == 1 ? 37 : format.blockElements();
        try (Lab lab = lab()) {
            for (int rows : Samples.ROWS) {
                for (int outputs : List.of(1, 2, 3, 4, 5, 7, 8, 16, 31, 65)) {
                    checkMatmul(lab, format, rows, outputs, cols, random);
                }
            }
        }
    }

    private static void checkMatmul(Lab lab, WeightFormat format, int rows, int outputs, int cols, Random random) {
        TensorData data = lab.data(format, outputs, cols, random);
        float[] x = Samples.normal(rows * cols, random);
        Tensor out = lab.poisoned(rows, outputs);
        lab.ops().matmul(lab.tensor(rows, x), lab.weights(data), out);
        Reference.Result expected = Reference.matmul(x, rows, data);
        assertWithin("%s [%d, %d] times [%d, %d]".formatted(format.name(), rows, cols, outputs, cols), lab.read(out),
                expected.values(), expected.bounds(Tolerances.product(lab.compute(), rows, cols)));
    }

    @Test
    default void matmulStandsExtremesOnBothSides() {
        Random random = Seeds.random("matmul extremes");
        try (Lab lab = lab()) {
            for (int cols : List.of(1, 17, 64, 129)) {
                TensorData data = lab.data(WeightFormats.F32, 9, Samples.rough(9 * cols, random));
                float[] x = Samples.rough(5 * cols, random);
                Tensor out = lab.poisoned(5, 9);
                lab.ops().matmul(lab.tensor(5, x), lab.weights(data), out);
                Reference.Result expected = Reference.matmul(x, 5, data);
                assertWithin("extremes, " + cols + " columns", lab.read(out), expected.values(),
                        expected.bounds(Tolerances.dot(cols)));
            }
        }
    }

    @Test
    default void matmulOfZerosIsZero() {
        try (Lab lab = lab()) {
            Tensor out = lab.poisoned(2, 3);
            lab.ops().matmul(lab.tensor(2, new float[66]), lab.weights(lab.data(WeightFormats.F16, 3, new float[99])),
                    out);
            assertThat(lab.read(out)).containsOnly(0f);
        }
    }

    @Test
    default void matmulWorksOnViewsAndLeavesTheirSurroundings() {
        Random random = Seeds.random("matmul views");
        try (Lab lab = lab()) {
            TensorData data = lab.data(WeightFormats.F32, 7, 33, random);
            float[] x = Samples.normal(10 * 33, random);
            float[] before = Samples.normal(12 * 7, random);
            Tensor out = lab.tensor(12, before);
            lab.ops().matmul(lab.tensor(10, x).rows(3, 8), lab.weights(data), out.rows(4, 9));
            Reference.Result expected = Reference.matmul(x, 10, data);
            float[] after = lab.read(out);
            for (int r = 0; r < 12; r++) {
                for (int j = 0; j < 7; j++) {
                    int i = r * 7 + j;
                    boolean written = r >= 4 && r < 9;
                    double value = written ? expected.values()[(r - 1) * 7 + j] : before[i];
                    double bound = written ? Tolerances.dot(33) * expected.magnitudes()[(r - 1) * 7 + j] : 0;
                    assertThat(Math.abs(after[i] - value)).as("row %d, column %d", r, j).isLessThanOrEqualTo(bound);
                }
            }
        }
    }

    @Test
    default void matmulOfNoRowsDoesNothing() {
        Random random = Seeds.random("matmul nothing");
        try (Lab lab = lab()) {
            lab.ops().matmul(lab.poisoned(0, 32), lab.weights(lab.data(WeightFormats.Q8_0, 4, 32, random)),
                    lab.poisoned(0, 4));
        }
    }

    @Test
    default void severalProjectionsAreTheSameAsOneByOne() {
        Random random = Seeds.random("projections");
        try (Lab lab = lab()) {
            for (int rows : List.of(1, 5, 17)) {
                Tensor x = lab.tensor(rows, Samples.normal(rows * 64, random));
                List<WeightMatrix> weights = List.of(lab.weights(lab.data(WeightFormats.Q8_0, 33, 64, random)),
                        lab.weights(lab.data(WeightFormats.F16, 5, 64, random)),
                        lab.weights(lab.data(WeightFormats.Q4_0, 128, 64, random)));
                List<Projection> together = weights.stream()
                        .map(w -> new Projection(w, lab.poisoned(rows, w.rows()))).toList();
                lab.ops().matmul(x, together);
                for (Projection projection : together) {
                    Tensor alone = lab.poisoned(rows, projection.weights().rows());
                    lab.ops().matmul(x, projection.weights(), alone);
                    assertThat(lab.read(projection.out())).isEqualTo(lab.read(alone));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.pinyon.device.contract.Samples#weightFormats")
    default void embedDecodesTheRowsOfTheTokens(WeightFormat format) {
        Random random = Seeds.random("embed", format.name());
        int[] tokens = {0, 10, 3, 3, 9, 0, 1};
        try (Lab lab = lab()) {
            for (int cols : List.of(1, 3, 17, 32, 64, 96, 256, 512)) {
                if (cols % format.blockElements() != 0) {
                    continue;
                }
                TensorData data = lab.data(format, 11, cols, random);
                float[] table = data.toFloats();
                float scale = Samples.pick(List.of(1f, 0.5f, 45.25f, -3f), random);
                Tensor out = lab.poisoned(tokens.length, cols);
                lab.ops().embed(lab.weights(data), lab.ints(tokens), scale, out);
                double[] expected = new double[tokens.length * cols];
                for (int i = 0; i < expected.length; i++) {
                    expected[i] = (double) scale * table[tokens[i / cols] * cols + i % cols];
                }
                assertRelative(format.name() + " embed, " + cols + " columns", lab.read(out), expected,
                        Tolerances.ELEMENT);
            }
        }
    }
}
