/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.pinyon.device.IntTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Choosing tokens. Devices add up in different ways, so inputs are drawn again until no threshold is missed by less than
 * {@link #MARGIN}.
 */
public interface SamplingContract extends DeviceSupplier {
    /** Far beyond what float32 sums over the largest vocabulary are off by. */
    double MARGIN = 1e-4;

    private static int[] sample(Lab lab, int rows, float[] logits, float... settings) {
        int[] junk = new int[rows];
        Arrays.fill(junk, Integer.MIN_VALUE);
        IntTensor out = lab.ints(junk);
        lab.ops().sample(lab.tensor(rows, logits), lab.tensor(rows, settings), out);
        return lab.read(out);
    }

    private static float[] repeated(int rows, float... values) {
        float[] all = new float[rows * values.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = values[i % values.length];
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 31, 64, 127, 1025, 32003, 150_000})
    default void temperatureZeroTakesTheFirstOfTheBest(int vocabulary) {
        Random random = Seeds.random("greedy", vocabulary);
        int rows = vocabulary > 10_000 ? 2 : 9;
        float[] logits = new float[rows * vocabulary];
        int[] expected = new int[rows];
        for (int r = 0; r < rows; r++) {
            int row = r * vocabulary;
            for (int i = 0; i < vocabulary; i++) {
                logits[row + i] = random.nextInt(1 + Math.min(vocabulary, 50)) - 60;
            }
            for (int i = vocabulary - 1; i >= 0; i--) {
                expected[r] = logits[row + i] >= logits[row + expected[r]] ? i : expected[r];
            }
        }
        try (Lab lab = lab()) {
            assertThat(sample(lab, rows, logits, repeated(rows, 0, 3, 0.5f, 0.5f, 0.9f))).isEqualTo(expected);
            assertThat(sample(lab, 1, new float[]{-1, -0f, 0f, -0f}, 0, 0, 1, 0, 0)).containsExactly(1);
            assertThat(sample(lab, 1, new float[]{-3e38f, -3e38f}, 0, 0, 1, 0, 0)).containsExactly(0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 33, 257, 1000, 32003, 150_000})
    default void everyRuleAndAllTogether(int vocabulary) {
        Random random = Seeds.random("rules", vocabulary);
        float[] logits = clearlyLed(vocabulary, random);
        var reference = new SamplingReference(logits);
        var rules = new float[][]{{0, 1, 0}, {1, 1, 0}, {40, 1, 0}, {vocabulary, 1, 0}, {0, 0.3f, 0}, {0, 0.9f, 0},
                {0, 0.99f, 0}, {0, 1, 0.05f}, {0, 1, 1}, {40, 0.9f, 0}, {3, 0.6f, 0}, {40, 1, 0.02f}, {0, 0.95f, 0.1f},
                {20, 0.8f, 0.05f}};
        int rows = rules.length;
        float[] settings = new float[5 * rows];
        int[] expected = new int[rows];
        for (int r = 0; r < rows; r++) {
            expected[r] = settle(reference, rules[r], settings, 5 * r, random);
        }
        try (Lab lab = lab()) {
            assertThat(sample(lab, rows, repeated(rows, logits), settings)).isEqualTo(expected);
        }
    }

    /** Logits whose greatest is so far above the others that every device takes it for the greatest. */
    private static float[] clearlyLed(int vocabulary, Random random) {
        while (true) {
            float[] logits = Samples.scaled(Samples.normal(vocabulary, random), vocabulary > 1000 ? 6 : 3);
            float[] sorted = logits.clone();
            Arrays.sort(sorted);
            if (vocabulary == 1 || sorted[vocabulary - 1] - sorted[vocabulary - 2] > 100 * MARGIN) {
                return logits;
            }
        }
    }

    /** Settings near a rule that miss every threshold by enough, and the token that they choose. */
    private static int settle(SamplingReference reference, float[] rule, float[] settings, int at, Random random) {
        for (int attempt = 0; attempt < 500; attempt++) {
            float temperature = 0.3f + 0.7f * random.nextFloat();
            float topP = rule[1] == 1 ? 1 : rule[1] * (1 - 0.1f * random.nextFloat());
            float minP = rule[2] == 0 || rule[2] == 1 ? rule[2] : rule[2] * (1 + random.nextFloat());
            float uniform = random.nextFloat();
            var choice = reference.choose(temperature, (int) rule[0], topP, minP, uniform);
            if (choice.margin() > MARGIN) {
                System.arraycopy(new float[]{temperature, rule[0], topP, minP, uniform}, 0, settings, at, 5);
                return choice.token();
            }
        }
        throw new AssertionError("no settings near " + Arrays.toString(rule) + " have margins");
    }

    @Test
    default void everyRowHasItsOwnSettings() {
        Random random = Seeds.random("rows");
        int vocabulary = 301;
        int rows = 65;
        float[] logits = Samples.scaled(Samples.normal(rows * vocabulary, random), 3);
        float[] settings = new float[5 * rows];
        int[] expected = new int[rows];
        for (int r = 0; r < rows; r++) {
            var reference = new SamplingReference(Arrays.copyOfRange(logits, r * vocabulary, (r + 1) * vocabulary));
            float[] rule = {random.nextInt(3) * 10, random.nextBoolean() ? 1 : 0.9f, random.nextInt(2) * 0.03f};
            expected[r] = settle(reference, rule, settings, 5 * r, random);
        }
        try (Lab lab = lab()) {
            assertThat(sample(lab, rows, logits, settings)).isEqualTo(expected);
        }
    }

    @Test
    default void equalLogitsGoBySmallerId() {
        float[] equal = new float[100];
        try (Lab lab = lab()) {
            for (int i = 0; i < 3; i++) {
                float uniform = (i + 0.5f) / 3;
                assertThat(sample(lab, 1, equal, 1, 3, 1, 0, uniform)).as("top-k").containsExactly(i);
                assertThat(sample(lab, 1, equal, 1, 0, 0.025f, 0, uniform)).as("top-p").containsExactly(i);
                assertThat(sample(lab, 1, equal, 1, 10, 0.25f, 0, uniform)).as("both").containsExactly(i);
            }
            assertThat(sample(lab, 1, equal, 1, 0, 1, 1, 0.505f)).as("min-p keeps all equals").containsExactly(50);
            assertThat(sample(lab, 1, new float[]{1, 2, 1, 2, 1}, 1, 3, 1, 0, 0.05f)).as("a tie at the end")
                    .containsExactly(0);
        }
    }

    @Test
    default void theEndsOfTheRandomNumbers() {
        float[] logits = {-2000, 1, 0.5f, 0, 1}; // the first weighs nothing, not even in double precision
        float last = Math.nextDown(1f);
        try (Lab lab = lab()) {
            for (float topK : List.of(0f, 4f)) {
                assertThat(sample(lab, 1, logits, 1, topK, 1, 0, 0)).containsExactly(1);
                assertThat(sample(lab, 1, logits, 1, topK, 1, 0, last)).containsExactly(4);
            }
            assertThat(sample(lab, 1, new float[]{7}, 0.5f, 1, 0.5f, 0.5f, last)).containsExactly(0);
            assertThat(sample(lab, 1, new float[]{3, 9, 3}, 1e-30f, 0, 1, 0, last)).as("cold").containsExactly(1);
        }
    }

    @Test
    default void rowsThatAreNoNumbersGiveNoToken() {
        float nan = Float.NaN;
        float inf = Float.POSITIVE_INFINITY;
        float[] logits = {0, nan, 1, 0, 5, 1, inf, 0, 1, -inf, -inf, -inf, -inf, 2, -inf, nan, nan, nan, 1, 0, -inf};
        int rows = logits.length / 3;
        try (Lab lab = lab()) {
            for (float[] rule : new float[][]{{0, 0, 1, 0, 0}, {1, 0, 1, 0, 0}, {1, 2, 1, 0, 0}, {1, 0, 0.4f, 0, 0},
                    {1, 0, 1, 0.5f, 0}}) {
                int[] ids = sample(lab, rows, logits, repeated(rows, rule));
                assertThat(ids).as(Arrays.toString(rule)).startsWith(-1).hasSize(rows);
                assertThat(new int[]{ids[2], ids[3], ids[5]}).as(Arrays.toString(rule)).containsOnly(-1);
                assertThat(ids[4]).as("the only finite one").isEqualTo(1);
                assertThat(ids[1]).as("its neighbours are not touched").isBetween(0, 1);
                assertThat(ids[6]).isZero();
            }
        }
    }
}
