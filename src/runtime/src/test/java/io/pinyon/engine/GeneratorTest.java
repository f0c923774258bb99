/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.pinyon.decode.SamplerSpec;
import io.pinyon.error.EngineException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
class GeneratorTest {
    private static final int[] PROMPT = {7, 8, 9};

    private final CountingModel model = new CountingModel();
    private final Engine engine = new Engine(model, 2);
    private final Sequence sequence = model.sequence(40);
    private final Cancellation cancellation = new Cancellation();

    @AfterEach
    void nothingIsLeft() {
        sequence.close();
        engine.close();
        model.close();
    }

    private Generator generator(int maxTokens, Integer... ends) {
        return new Generator(engine, SamplerSpec.greedy().chain(CountingModel.VOCABULARY), maxTokens, Set.of(ends));
    }

    @Test
    void tokensFollowThePrompt() {
        List<Integer> heard = new ArrayList<>();
        Generation generation = generator(5).generate(sequence, PROMPT, cancellation, heard::add);
        assertThat(generation.tokens()).isEqualTo(CountingModel.continuation(PROMPT, 5)).isEqualTo(heard);
        assertThat(generation.ending()).isEqualTo(Ending.LIMIT);
        assertThat(generation.prefill()).isPositive();
        assertThat(generation.decode()).isPositive();
        assertThat(sequence.length()).isEqualTo(8);
        assertThat(sequence.committed()).as("the last token has not run").isEqualTo(7);
        assertThat(model.steps()).containsExactly(2, 1, 1, 1, 1, 1);
    }

    @Test
    void noTokensAreWanted() {
        Generation generation = generator(0).generate(sequence, PROMPT, cancellation, _ -> true);
        assertThat(generation.tokens()).isEmpty();
        assertThat(generation.ending()).isEqualTo(Ending.LIMIT);
        assertThat(sequence.committed()).isEqualTo(3);
    }

    @Test
    void twoCallsGiveWhatOneGives() {
        List<Integer> once = CountingModel.continuation(PROMPT, 6);
        generator(2).generate(sequence, PROMPT, cancellation, _ -> true);
        engine.truncate(sequence, 4);
        Generation rest = generator(4).generate(sequence, new int[]{once.get(1)}, cancellation, _ -> true);
        assertThat(rest.tokens()).isEqualTo(once.subList(2, 6));
    }

    @Test
    void anEndTokenIsNotPartOfTheSequence() {
        List<Integer> all = CountingModel.continuation(PROMPT, 4);
        Generation generation = generator(10, all.get(3)).generate(sequence, PROMPT, cancellation, _ -> true);
        assertThat(generation.tokens()).isEqualTo(all.subList(0, 3));
        assertThat(generation.ending()).isEqualTo(Ending.END_TOKEN);
        assertThat(sequence.length()).isEqualTo(6);
    }

    @Test
    void theReceiverHasEnough() {
        Generation generation = generator(10).generate(sequence, PROMPT, cancellation,
                _ -> sequence.length() < 5);
        assertThat(generation.tokens()).hasSize(2);
        assertThat(generation.ending()).isEqualTo(Ending.ENOUGH);
    }

    @Test
    void theContextIsFull() {
        Generation generation = generator(100).generate(sequence, PROMPT, cancellation, _ -> true);
        assertThat(generation.ending()).isEqualTo(Ending.CONTEXT);
        assertThat(generation.tokens()).isEqualTo(CountingModel.continuation(PROMPT, 37));
        assertThat(sequence.length()).isEqualTo(40);
        engine.truncate(sequence, 0);
        Generation none = generator(5).generate(sequence, new int[40], cancellation, _ -> true);
        assertThat(none.tokens()).isEmpty();
        assertThat(none.ending()).isEqualTo(Ending.CONTEXT);
    }

    @Test
    void aStepThatFailsKeepsWhatWasGenerated() {
        model.failAt(6);
        List<Integer> heard = new ArrayList<>();
        assertThatThrownBy(() -> generator(10).generate(sequence, PROMPT, cancellation, heard::add))
                .isInstanceOf(EngineException.class).hasMessageStartingWith("PIN-TEST-FAILURE");
        assertThat(heard).isEqualTo(CountingModel.continuation(PROMPT, 4));
        assertThat(sequence.length()).isEqualTo(7);
        assertThat(sequence.committed()).isEqualTo(6);
        sequence.cache().checkIntegrity();
        model.failAt(-1);
        assertThat(generator(1).generate(sequence, PROMPT, cancellation, _ -> true).tokens())
                .containsExactly(CountingModel.next(9, 9));
    }

    @Test
    void aReceiverThatThrowsEndsTheGeneration() {
        assertThatThrownBy(() -> generator(10).generate(sequence, PROMPT, cancellation, _ -> {
            throw new IllegalStateException("no more");
        })).isInstanceOf(IllegalStateException.class).hasMessage("no more");
        assertThat(sequence.length()).isEqualTo(4);
        assertThat(generator(1).generate(sequence, PROMPT, cancellation, _ -> true).tokens()).hasSize(1);
    }

    @Test
    void anotherThreadCancels() throws InterruptedException {
        CountDownLatch third = new CountDownLatch(3);
        CountDownLatch cancelled = new CountDownLatch(1);
        Thread other = Thread.ofVirtual().start(() -> {
            try {
                third.await();
                cancellation.request();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                cancelled.countDown();
            }
        });
        Generation generation = generator(30).generate(sequence, PROMPT, cancellation, _ -> {
            third.countDown();
            if (third.getCount() == 0) {
                await(cancelled);
            }
            return true;
        });
        other.join(Duration.ofSeconds(10));
        assertThat(generation.ending()).isEqualTo(Ending.CANCELLED);
        assertThat(generation.tokens()).isEqualTo(CountingModel.continuation(PROMPT, 3));
    }

    @Test
    void threadsTakeTurnsAndGetTheirOwnTokens() throws Exception {
        List<Future<Generation>> futures = new ArrayList<>();
        List<Sequence> sequences = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int i = 0; i < 8; i++) {
                Sequence own = model.sequence(100);
                sequences.add(own);
                int[] prompt = {i, 2 * i, i + 1};
                futures.add(threads.submit(
                        () -> generator(60).generate(own, prompt, new Cancellation(), _ -> true)));
            }
            for (int i = 0; i < 8; i++) {
                assertThat(futures.get(i).get(20, TimeUnit.SECONDS).tokens())
                        .isEqualTo(CountingModel.continuation(new int[]{i, 2 * i, i + 1}, 60));
            }
        }
        sequences.forEach(Sequence::close);
    }

    @Test
    void aReceiverDoesNotHoldUpOtherSequences() throws Exception {
        Sequence other = model.sequence(20);
        try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
            generator(2).generate(sequence, PROMPT, cancellation, _ -> {
                Future<Generation> meanwhile = thread.submit(
                        () -> generator(3).generate(other, PROMPT, new Cancellation(), _ -> true));
                try {
                    assertThat(meanwhile.get(10, TimeUnit.SECONDS).tokens()).hasSize(3);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
                return true;
            });
        }
        other.close();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
