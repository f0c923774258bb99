/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

import io.pinyon.device.contract.Seeds;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class SamplersTest {
    private static Set<Integer> left(Sampler sampler, float... logits) {
        Candidates candidates = new Candidates(logits.length);
        candidates.reset(logits);
        sampler.apply(candidates);
        return new TreeSet<>(CandidatesTest.ids(candidates, candidates.size()));
    }

    private static double[] softmax(float[] logits) {
        double[] p = new double[logits.length];
        for (int i = 0; i < p.length; i++) {
            p[i] = Math.exp(LogProbabilities.of(logits, 0, logits.length, i));
        }
        return p;
    }

    @Test
    void topK() {
        assertThat(left(new TopK(1), 1, 3, 3, 2)).containsExactly(1);
        assertThat(left(new TopK(2), 1, 3, 3, 2)).containsExactly(1, 2);
        assertThat(left(new TopK(4), 1, 3, 3, 2)).hasSize(4);
        assertThat(left(new TopK(Integer.MAX_VALUE), 1, 3, 3, 2)).hasSize(4);
    }

    @Test
    void topPKeepsTheSmallestNucleus() {
        Random random = Seeds.random("topP");
        for (int size : new int[]{1, 2, 63, 64, 65, 700, 5000}) {
            for (float p : new float[]{1e-6f, 0.1f, 0.5f, 0.9f, 0.999f}) {
                float[] logits = new float[size];
                for (int i = 0; i < size; i++) {
                    logits[i] = (float) random.nextGaussian();
                }
                double[] probability = softmax(logits);
                List<Integer> order = CandidatesTest.bestFirst(logits);
                double sum = 0;
                int count = 0;
                while (sum < p - 1e-9 && count < size) {
                    sum += probability[order.get(count++)];
                }
                assertThat(left(new TopP(p), logits)).isEqualTo(new TreeSet<>(order.subList(0, count)));
            }
        }
    }

    @Test
    void topPOfOneKeepsAll() {
        assertThat(left(new TopP(1), 0, 100, -100, -3e38f)).hasSize(4);
    }

    @Test
    void minPIsRelativeToTheBest() {
        float[] logits = {0, (float) Math.log(0.5), (float) Math.log(0.09), 0, (float) Math.log(0.11)};
        assertThat(left(new MinP(0.1f), logits)).containsExactly(0, 1, 3, 4);
        assertThat(left(new MinP(1), logits)).containsExactly(0, 3);
        assertThat(left(new MinP(1), 7)).containsExactly(0);
    }

    @Test
    void temperatureScalesDifferences() {
        for (float temperature : new float[]{0.5f, 2}) {
            int[] counts = new int[2];
            var selector = new Multinomial(temperature, new Uniform(OptionalLong.of(3)));
            for (int i = 0; i < 40_000; i++) {
                Candidates candidates = new Candidates(2);
                candidates.reset(new float[]{1, 0});
                counts[selector.select(candidates)]++;
            }
            assertThat(counts[0] / 40_000.0).isCloseTo(1 / (1 + Math.exp(-1 / temperature)), within(0.015));
        }
    }

    @Test
    void extremeTemperaturesStayFinite() {
        Uniform uniform = new Uniform(OptionalLong.of(1));
        for (float temperature : new float[]{Float.MIN_VALUE, 1e-30f, 1e30f}) {
            Candidates candidates = new Candidates(3);
            candidates.reset(new float[]{-Float.MAX_VALUE, 5, Float.MAX_VALUE});
            assertThat(new Multinomial(temperature, uniform).select(candidates)).isEqualTo(2);
        }
        int[] counts = new int[2];
        for (int i = 0; i < 1000; i++) {
            Candidates candidates = new Candidates(2);
            candidates.reset(new float[]{-Float.MAX_VALUE, Float.MAX_VALUE});
            counts[new Multinomial(Float.MAX_VALUE, uniform).select(candidates)]++;
        }
        assertThat(counts[0] / 1000.0).isCloseTo(Math.exp(-2) / (1 + Math.exp(-2)), within(0.06));
    }

    @Test
    void randomNumbersAreFloatsBelowOne() {
        Uniform uniform = new Uniform(OptionalLong.of(7));
        double sum = 0;
        for (int i = 0; i < 100_000; i++) {
            float next = uniform.next();
            assertThat(next).isBetween(0f, Math.nextDown(1f));
            sum += next;
        }
        assertThat(sum / 100_000).isCloseTo(0.5, within(0.006));
    }

    @Test
    void penaltiesFollowTheirFormula() {
        Penalties penalties = new Penalties(4, 10, 2, 0.5f, 0.25f);
        for (int token : new int[]{0, 1, 1, 99}) {
            penalties.accept(token);
        }
        Candidates candidates = new Candidates(4);
        candidates.reset(new float[]{4, -4, 4, -4});
        penalties.apply(candidates);
        assertThat(candidates.logit(0)).isEqualTo(4 / 2f - 0.5f - 0.25f);
        assertThat(candidates.logit(1)).isEqualTo(-4 * 2f - 2 * 0.5f - 0.25f);
        assertThat(candidates.logit(2)).isEqualTo(4);
        assertThat(candidates.logit(3)).isEqualTo(-4);
    }

    @Test
    void penaltiesForgetWhatLeavesTheWindow() {
        Random random = Seeds.random("window");
        for (int window : new int[]{1, 2, 63, 64, 65, 200, Integer.MAX_VALUE}) {
            Penalties penalties = new Penalties(5, window, 1, 1, 0);
            int[] tokens = random.ints(400, 0, 5).toArray();
            for (int end = 0; end < tokens.length; end++) {
                penalties.accept(tokens[end]);
                if (end % 37 == 0 || end == tokens.length - 1) {
                    Candidates candidates = new Candidates(5);
                    candidates.reset(new float[5]);
                    penalties.apply(candidates);
                    float[] expected = new float[5];
                    for (int i = Math.max(0, end - window + 1); i <= end; i++) {
                        expected[tokens[i]]--;
                    }
                    for (int id = 0; id < 5; id++) {
                        assertThat(candidates.logit(id)).isEqualTo(expected[id]);
                    }
                }
            }
        }
    }
}
