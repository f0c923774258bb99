/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.pinyon.device.contract.Seeds;
import io.pinyon.error.EngineException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CandidatesTest {
    /** Few distinct values, so that there are many equal ones. */
    static float[] random(Random random, int size) {
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = random.nextBoolean() ? random.nextInt(8) : random.nextFloat() * 8;
        }
        return logits;
    }

    static List<Integer> bestFirst(float[] logits) {
        return IntStream.range(0, logits.length).boxed()
                .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]).thenComparing(id -> id)).toList();
    }

    static List<Integer> ids(Candidates candidates, int count) {
        return IntStream.range(0, count).mapToObj(candidates::id).toList();
    }

    @Test
    void theBestComeFirstAndNobodyIsLost() {
        Random random = Seeds.random("candidates");
        for (int size = 1; size < 300; size += 1 + size / 3) {
            for (int k : new int[]{1, 2, 3, size / 2, size - 1, size, size + 1}) {
                float[] logits = random(random, size);
                Candidates candidates = new Candidates(size);
                candidates.reset(logits);
                candidates.orderTop(Math.max(1, k));

                int ordered = Math.clamp(k, 1, size);
                assertThat(ids(candidates, ordered)).isEqualTo(bestFirst(logits).subList(0, ordered));
                assertThat(ids(candidates, size)).containsExactlyInAnyOrderElementsOf(bestFirst(logits));
                for (int i = 0; i < size; i++) {
                    assertThat(candidates.logit(i)).isEqualTo(logits[candidates.id(i)]);
                }
                assertThat(candidates.max()).isEqualTo(logits[bestFirst(logits).getFirst()]);
                assertThat(candidates.id(candidates.best())).isEqualTo(bestFirst(logits).getFirst());
            }
        }
    }

    @Test
    void orderingMoreKeepsWhatIsInOrder() {
        float[] logits = random(Seeds.random("more"), 100);
        Candidates candidates = new Candidates(100);
        candidates.reset(logits);
        for (int k : new int[]{3, 20, 10, 100}) {
            candidates.orderTop(k);
            assertThat(ids(candidates, k)).isEqualTo(bestFirst(logits).subList(0, k));
        }
    }

    @Test
    void keepFromKeepsTheOrderAndNeverDropsTheBest() {
        Candidates candidates = new Candidates(5);
        candidates.reset(new float[]{1, 4, 2, 4, 3});
        candidates.keepFrom(3);
        assertThat(ids(candidates, candidates.size())).containsExactly(1, 3, 4);
        candidates.keepFrom(100);
        assertThat(ids(candidates, candidates.size())).containsExactly(1, 3);
        candidates.keepFirst(0);
        assertThat(ids(candidates, candidates.size())).containsExactly(1);
    }

    @Test
    void aChangedLogitCountsInTheNextOrder() {
        Candidates candidates = new Candidates(4);
        candidates.reset(new float[]{1, 2, 3, 4});
        candidates.orderTop(4);
        candidates.logit(0, Float.NEGATIVE_INFINITY);
        assertThat(candidates.id(candidates.best())).isEqualTo(2);
        assertThat(candidates.logit(0)).isEqualTo(-Float.MAX_VALUE);
        candidates.orderTop(4);
        assertThat(ids(candidates, 4)).containsExactly(2, 1, 0, 3);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void logitsThatAreNoNumbersAreRefused(float bad) {
        Candidates candidates = new Candidates(3);
        assertThatThrownBy(() -> candidates.reset(new float[]{0, 0, bad})).isInstanceOf(EngineException.class)
                .hasMessageStartingWith("PIN-SAMPLE-NONFINITE: the logit of token 2 is " + bad);
    }

    @Test
    void logitsBehindTheVocabularyAreNotLookedAt() {
        Candidates candidates = new Candidates(2);
        candidates.reset(new float[]{1, 2, 1000, Float.NaN});
        assertThat(candidates.size()).isEqualTo(2);
        assertThat(candidates.max()).isEqualTo(2);
    }

    @Test
    void theOrderOfTheVocabularyComesBack() {
        Random random = Seeds.random("by id");
        for (int size : new int[]{1, 2, 100, 5000}) {
            float[] logits = random(random, size);
            Candidates candidates = new Candidates(size);
            candidates.reset(logits);
            int kept = 1 + random.nextInt(size);
            candidates.orderTop(kept);
            candidates.keepFirst(kept);
            candidates.orderById();
            assertThat(ids(candidates, kept)).isEqualTo(bestFirst(logits).subList(0, kept).stream().sorted().toList());
            for (int i = 0; i < kept; i++) {
                assertThat(candidates.logit(i)).isEqualTo(logits[candidates.id(i)]);
            }
        }
    }
}
