/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.pinyon.device.contract.Tolerances.assertWithin;
import static org.assertj.core.api.Assertions.assertThat;

/** Rotary position embedding. */
public interface RopeContract extends DeviceSupplier {
    private static Rope rope(Rope.Style style, int dim, double base, float magnitude) {
        List<Float> frequencies = new ArrayList<>();
        for (int i = 0; i < dim / 2; i++) {
            frequencies.add((float) Math.pow(base, -2.0 * i / dim));
        }
        return new Rope(style, frequencies, magnitude);
    }

    @Test
    default void anglesAreCosinesThenSines() {
        int[] positions = {0, 1, 2, 17, 511, 4095, 32768, 131071};
        try (Lab lab = lab()) {
            for (int dim : List.of(2, 6, 16, 34, 64, 128)) {
                Rope rope = rope(Rope.Style.HALVES, dim, 10_000, 1.25f);
                Tensor out = lab.poisoned(positions.length, dim);
                lab.ops().ropeAngles(rope, lab.ints(positions), out);
                double[] expected = new double[positions.length * dim];
                double[] bounds = new double[expected.length];
                for (int i = 0; i < expected.length; i++) {
                    int pair = i % dim % (dim / 2);
                    double angle = positions[i / dim] * (double) rope.inverseFrequencies().get(pair);
                    expected[i] = 1.25 * (i % dim < dim / 2 ? Math.cos(angle) : Math.sin(angle));
                    bounds[i] = 1.25 * Tolerances.angle(angle);
                }
                assertWithin("angles, dimension " + dim, lab.read(out), expected, bounds);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void headsTurnByTheirPosition(Rope.Style style) {
        Random random = Seeds.random("rope", style);
        try (Lab lab = lab()) {
            for (int headDim : List.of(2, 16, 17, 20, 32, 64, 80, 96, 128, 256)) {
                for (int turned : List.of(headDim - headDim % 2, Math.max(2, headDim / 4 * 2))) {
                    checkTurn(lab, rope(style, turned, 500_000, 0.9f), headDim, 1 + random.nextInt(6), random);
                }
            }
        }
    }

    private static void checkTurn(Lab lab, Rope rope, int headDim, int heads, Random random) {
        int[] positions = {0, 1, 30, 31, 2047};
        float[] x = Samples.normal(positions.length * heads * headDim, random);
        Tensor angles = lab.poisoned(positions.length, rope.dim());
        lab.ops().ropeAngles(rope, lab.ints(positions), angles);
        Tensor target = lab.tensor(positions.length, x);
        lab.ops().rope(target, headDim, angles, rope.style());
        double[] expected = new double[x.length];
        double[] bounds = new double[x.length];
        for (int from = 0; from < x.length; from += headDim) {
            float[] head = Arrays.copyOfRange(x, from, from + headDim);
            int position = positions[from / (heads * headDim)];
            System.arraycopy(Reference.rope(head, position, rope), 0, expected, from, headDim);
            double largest = 0;
            for (float value : head) {
                largest = Math.max(largest, Math.abs(value));
            }
            Arrays.fill(bounds, from, from + headDim, 2 * largest * Tolerances.angle(position));
        }
        assertWithin("%s, %d of %d elements".formatted(rope.style(), rope.dim(), headDim), lab.read(target), expected,
                bounds);
    }

    @Test
    default void elementsBehindTheTurnedOnesPassThroughUntouched() {
        Random random = Seeds.random("partial rope");
        float[] x = Samples.rough(2 * 3 * 20, random);
        Rope rope = rope(Rope.Style.HALVES, 6, 10_000, 1f);
        try (Lab lab = lab()) {
            Tensor angles = lab.poisoned(2, 6);
            lab.ops().ropeAngles(rope, lab.ints(5, 900), angles);
            Tensor target = lab.tensor(2, x);
            lab.ops().rope(target, 20, angles, rope.style());
            float[] after = lab.read(target);
            for (int i = 0; i < x.length; i++) {
                if (i % 20 >= 6) {
                    assertThat(after[i]).isEqualTo(x[i]);
                }
            }
        }
    }
}
