/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import io.pinyon.error.EngineException;
import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SamplerChainTest {
    private static SamplerSpec random(float temperature, int topK, float topP, float minP, long seed) {
        return new SamplerSpec(temperature, topK, topP, minP, 1, 0, 0, 0, OptionalLong.of(seed));
    }

    /** Pearson's statistic of many draws against exact probabilities; tokens of probability 0 must never occur. */
    private static void follows(SamplerSpec spec, float[] logits, double[] expected) {
        int draws = 40_000;
        int[] counts = new int[logits.length];
        SamplerChain chain = spec.chain(logits.length);
        for (int i = 0; i < draws; i++) {
            counts[chain.sample(logits)]++;
        }
        double statistic = 0;
        int cells = 0;
        for (int i = 0; i < counts.length; i++) {
            if (expected[i] == 0) {
                assertThat(counts[i]).isZero();
            } else {
                statistic += Math.pow(counts[i] - draws * expected[i], 2) / (draws * expected[i]);
                cells++;
            }
        }
        // mean k and deviation sqrt(2k) with k degrees of freedom: six deviations are beyond chance
        double freedom = cells - 1;
        assertThat(statistic).isLessThan(freedom + 6 * Math.sqrt(2 * freedom) + 1e-9);
    }

    private static double[] softmax(float[] logits, double temperature, UnaryOperator<double[]> filter) {
        double[] weights = filter.apply(IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i]))
                .toArray());
        double[] sharpened = IntStream.range(0, weights.length)
                .mapToDouble(i -> weights[i] == 0 ? 0 : Math.pow(weights[i], 1 / temperature)).toArray();
        double total = Arrays.stream(sharpened).sum();
        return Arrays.stream(sharpened).map(w -> w / total).toArray();
    }

    private static float[] gaussian(int size) {
        float[] logits = new float[size];
        Random random = new Random(size);
        for (int i = 0; i < size; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        return logits;
    }

    @ParameterizedTest
    @CsvSource({"1", "0.5", "2.5"})
    void drawsFollowTheSoftmax(float temperature) {
        float[] logits = gaussian(20);
        follows(random(temperature, 0, 1, 0, 7), logits, softmax(logits, temperature, w -> w));
    }

    @Test
    void filtersWorkBeforeTheTemperature() {
        float[] logits = {0, 1, 2, 3};
        follows(random(2, 3, 1, 0, 8), logits, softmax(logits, 2, w -> new double[]{0, w[1], w[2], w[3]}));
        // the two best have 0.88 of the probability at temperature 1, and far less at 2
        follows(random(2, 0, 0.85f, 0, 9), logits, softmax(logits, 2, w -> new double[]{0, 0, w[2], w[3]}));
        follows(random(2, 0, 1, 0.3f, 10), logits, softmax(logits, 2, w -> new double[]{0, 0, w[2], w[3]}));
    }

    @Test
    void oneSeedGivesOneText() {
        float[] logits = gaussian(1000);
        SamplerChain first = random(1, 50, 0.95f, 0.01f, 42).chain(1000);
        SamplerChain second = random(1, 50, 0.95f, 0.01f, 42).chain(1000);
        SamplerChain other = random(1, 50, 0.95f, 0.01f, 43).chain(1000);
        int[] tokens = IntStream.range(0, 200).map(_ -> first.sample(logits)).toArray();
        assertThat(IntStream.range(0, 200).map(_ -> second.sample(logits)).toArray()).isEqualTo(tokens);
        assertThat(IntStream.range(0, 200).map(_ -> other.sample(logits)).toArray()).isNotEqualTo(tokens);
    }

    @Test
    void withoutASeedTheTextsDiffer() {
        float[] logits = new float[1000];
        SamplerSpec spec = new SamplerSpec(1, 0, 1, 0, 1, 0, 0, 0, OptionalLong.empty());
        SamplerChain first = spec.chain(1000);
        SamplerChain second = spec.chain(1000);
        assertThat(IntStream.range(0, 50).map(_ -> first.sample(logits)).toArray())
                .isNotEqualTo(IntStream.range(0, 50).map(_ -> second.sample(logits)).toArray());
    }

    @Test
    void greedyTakesTheLowestOfEqualIds() {
        SamplerChain chain = SamplerSpec.greedy().chain(4);
        assertThat(chain.sample(new float[]{-1, 5, 5, 0})).isEqualTo(1);
        assertThat(chain.sample(new float[]{-3e38f, -3e38f, -3e38f, -3e38f})).isZero();
    }

    @Test
    void topKOfOneAndATinyTemperatureAreGreedy() {
        float[] logits = gaussian(500);
        int best = SamplerSpec.greedy().chain(500).sample(logits);
        SamplerChain topK = random(1.5f, 1, 1, 0, 1).chain(500);
        SamplerChain cold = random(1e-30f, 0, 1, 0, 1).chain(500);
        for (int i = 0; i < 100; i++) {
            assertThat(topK.sample(logits)).isEqualTo(best);
            assertThat(cold.sample(logits)).isEqualTo(best);
        }
    }

    @Test
    void penaltiesTurnGreedyAway() {
        SamplerChain chain = new SamplerSpec(0, 0, 1, 0, 1, 2, 10, 0, OptionalLong.empty()).chain(3);
        float[] logits = {3, 2, 1};
        int[] tokens = new int[6];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = chain.sample(logits);
            chain.accept(tokens[i]);
        }
        assertThat(tokens).containsExactly(0, 1, 2, 0, 1, 2);
        assertThat(logits).containsExactly(3, 2, 1);
    }

    @Test
    void aLogitThatIsNoNumberIsRefused() {
        SamplerChain chain = SamplerSpec.greedy().chain(2);
        assertThatThrownBy(() -> chain.sample(new float[]{0, Float.NaN})).isInstanceOf(EngineException.class)
                .hasMessageStartingWith("PIN-SAMPLE-NONFINITE");
    }

    @Test
    void aLargeVocabularyStaysFast() {
        float[] logits = gaussian(256 * 1024);
        SamplerChain chain = new SamplerSpec(0.8f, 40, 0.95f, 0.05f, 1.1f, 64, 0, 0, OptionalLong.of(1))
                .chain(logits.length);
        long start = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            chain.accept(chain.sample(logits));
        }
        assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
    }

    @ParameterizedTest
    @CsvSource({"-0.1, 0, 1, 0, 1, 0, 0, 0, PIN-OPTION-TEMPERATURE", "NaN, 0, 1, 0, 1, 0, 0, 0, PIN-OPTION-TEMPERATURE",
            "Infinity, 0, 1, 0, 1, 0, 0, 0, PIN-OPTION-TEMPERATURE", "1, -1, 1, 0, 1, 0, 0, 0, PIN-OPTION-TOPK",
            "1, 0, 0, 0, 1, 0, 0, 0, PIN-OPTION-TOPP", "1, 0, 1.01, 0, 1, 0, 0, 0, PIN-OPTION-TOPP",
            "1, 0, NaN, 0, 1, 0, 0, 0, PIN-OPTION-TOPP", "1, 0, 1, -0.1, 1, 0, 0, 0, PIN-OPTION-MINP",
            "1, 0, 1, 1.1, 1, 0, 0, 0, PIN-OPTION-MINP", "1, 0, 1, NaN, 1, 0, 0, 0, PIN-OPTION-MINP",
            "1, 0, 1, 0, 0, 0, 0, 0, PIN-OPTION-PENALTY", "1, 0, 1, 0, NaN, 0, 0, 0, PIN-OPTION-PENALTY",
            "1, 0, 1, 0, 1, -1, 0, 0, PIN-OPTION-PENALTYWINDOW", "1, 0, 1, 0, 1, 0, Infinity, 0, PIN-OPTION-PENALTY",
            "1, 0, 1, 0, 1, 0, 0, NaN, PIN-OPTION-PENALTY"})
    void impossibleValuesAreRefused(float temperature, int topK, float topP, float minP, float repetition, int window,
            float frequency, float presence, String code) {
        assertThatThrownBy(() -> new SamplerSpec(temperature, topK, topP, minP, repetition, window, frequency, presence,
                OptionalLong.empty())).isInstanceOf(UsageException.class).hasMessageStartingWith(code + ": ");
    }
}
