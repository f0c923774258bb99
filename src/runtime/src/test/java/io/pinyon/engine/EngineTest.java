/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.error.EngineException;
import io.pinyon.error.UsageException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
class EngineTest {
    private static final float[] NO_LOGITS = {};

    private final CountingModel model = new CountingModel();
    private final Sequence sequence = model.sequence(40);
    private final Cancellation never = new Cancellation();
    private final float[] logits = new float[CountingModel.VOCABULARY];

    @AfterEach
    void nothingIsLeft() {
        sequence.close();
        model.close();
    }

    private static int[] tokens(int count) {
        return IntStream.range(0, count).map(i -> i % CountingModel.VOCABULARY).toArray();
    }

    private static void refused(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(UsageException.class).hasMessageStartingWith(code + ": ");
    }

    @Test
    void aPromptRunsInChunks() {
        try (Engine engine = new Engine(model, 3)) {
            assertThat(engine.prefill(sequence, tokens(8), never, logits)).isTrue();
            assertThat(model.steps()).containsExactly(3, 3, 2);
            assertThat(sequence.committed()).isEqualTo(8);
            assertThat(sequence.tokens()).isEqualTo(tokens(8));
            assertThat(logits[CountingModel.next(7, 7)]).isEqualTo(10);
        }
    }

    @Test
    void chunksAreNoLargerThanTheModelTakes() {
        try (Engine engine = new Engine(model, 1000)) {
            assertThat(engine.prefill(sequence, tokens(10), never, NO_LOGITS)).isTrue();
            assertThat(model.steps()).containsExactly(8, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8})
    void allRowsComeInOrderWhateverTheChunk(int chunk) {
        try (Engine engine = new Engine(model, chunk)) {
            engine.prefill(sequence, tokens(5), never, NO_LOGITS);
            List<Integer> next = new ArrayList<>();
            engine.prefillRows(sequence, tokens(13), never, (first, rows, values) -> {
                assertThat(first).isEqualTo(next.size());
                for (int row = 0; row < rows; row++) {
                    int start = row * CountingModel.VOCABULARY;
                    next.add(IntStream.range(0, CountingModel.VOCABULARY)
                            .filter(id -> values[start + id] == 10).findFirst().orElseThrow());
                }
            });
            assertThat(next).isEqualTo(IntStream.range(0, 13)
                    .mapToObj(i -> CountingModel.next(i, 5 + i)).toList());
        }
    }

    @Test
    void aPendingTokenRunsBeforeTheNextPrompt() {
        try (Engine engine = new Engine(model, 4)) {
            engine.prefill(sequence, tokens(2), never, NO_LOGITS);
            sequence.append(9);
            assertThat(sequence.committed()).isEqualTo(2);
            engine.prefillRows(sequence, tokens(2), never, (_, _, _) -> {});
            assertThat(model.steps()).containsExactly(2, 1, 2);
            assertThat(sequence.tokens()).containsExactly(0, 1, 9, 0, 1);
            sequence.append(8);
            engine.prefill(sequence, tokens(1), never, NO_LOGITS);
            assertThat(model.steps()).containsExactly(2, 1, 2, 2);
        }
    }

    @Test
    void aFailedPromptLeavesTheSequenceAsItWas() {
        try (Engine engine = new Engine(model, 4)) {
            engine.prefill(sequence, tokens(6), never, NO_LOGITS);
            long bytes = sequence.bytes();
            model.failAt(15);
            assertThatThrownBy(() -> engine.prefill(sequence, tokens(20), never, NO_LOGITS))
                    .isInstanceOf(EngineException.class).hasMessageStartingWith("PIN-TEST-FAILURE");
            assertThat(sequence.length()).isEqualTo(6);
            assertThat(sequence.committed()).isEqualTo(6);
            assertThat(sequence.bytes()).isEqualTo(bytes);
            assertThat(sequence.peakBytes()).isGreaterThan(bytes);
            sequence.cache().checkIntegrity();
            model.failAt(-1);
            assertThat(engine.prefill(sequence, tokens(20), never, NO_LOGITS)).isTrue();
        }
    }

    @Test
    void aListenerThatThrowsLeavesTheSequenceAsItWas() {
        try (Engine engine = new Engine(model, 4)) {
            assertThatThrownBy(() -> engine.prefillRows(sequence, tokens(9), never, (first, _, _) -> {
                if (first > 0) {
                    throw new IllegalStateException("enough");
                }
            })).isInstanceOf(IllegalStateException.class).hasMessage("enough");
            assertThat(sequence.length()).isZero();
            assertThat(sequence.bytes()).isZero();
        }
    }

    @Test
    void aCancelledPromptLeavesTheSequenceAsItWas() {
        try (Engine engine = new Engine(model, 4)) {
            Cancellation cancellation = new Cancellation();
            model.beforeEachStep(() -> {
                if (model.steps().size() == 1) {
                    cancellation.request();
                }
            });
            assertThat(engine.prefill(sequence, tokens(16), cancellation, NO_LOGITS)).isFalse();
            assertThat(model.steps()).containsExactly(4, 4);
            assertThat(sequence.length()).isZero();
        }
    }

    @Test
    void impossiblePromptsAreRefusedBeforeAnyWork() {
        try (Engine engine = new Engine(model, 4)) {
            refused("PIN-PROMPT-EMPTY", () -> engine.prefill(sequence, tokens(0), never, NO_LOGITS));
            refused("PIN-PROMPT-TOKEN", () -> engine.prefill(sequence, new int[]{1, -1}, never, NO_LOGITS));
            refused("PIN-PROMPT-TOKEN", () -> engine.prefill(sequence, new int[]{50}, never, NO_LOGITS));
            assertThatThrownBy(() -> engine.prefill(sequence, tokens(41), never, NO_LOGITS))
                    .isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-PROMPT-TOOLONG: ")
                    .hasMessageContaining("41").hasMessageContaining("40");
            assertThat(model.steps()).isEmpty();
            assertThat(engine.prefill(sequence, tokens(40), never, NO_LOGITS)).isTrue();
            refused("PIN-PROMPT-TOOLONG", () -> engine.prefill(sequence, tokens(1), never, NO_LOGITS));
        }
    }

    @Test
    void truncationForgetsPendingTokensFirst() {
        try (Engine engine = new Engine(model, 4)) {
            engine.prefill(sequence, tokens(10), never, NO_LOGITS);
            long bytes = sequence.bytes();
            sequence.append(3);
            engine.truncate(sequence, 10);
            assertThat(sequence.committed()).isEqualTo(10);
            assertThat(sequence.bytes()).isEqualTo(bytes);
            engine.truncate(sequence, 3);
            assertThat(sequence.tokens()).containsExactly(0, 1, 2);
            assertThat(sequence.bytes()).isLessThan(bytes);
            refused("PIN-SESSION-LENGTH", () -> engine.truncate(sequence, 4));
            refused("PIN-SESSION-LENGTH", () -> engine.truncate(sequence, -1));
        }
    }

    @Test
    void aForkWaitsForTheStepAndKeepsPendingTokens() throws InterruptedException {
        try (Engine engine = new Engine(model, 8); Sequence other = model.sequence(40)) {
            engine.prefill(other, tokens(6), never, NO_LOGITS);
            other.append(7);
            List<Sequence> forks = Collections.synchronizedList(new ArrayList<>());
            Thread thread = new Thread(() -> forks.add(engine.fork(other)));
            model.beforeEachStep(() -> {
                thread.start();
                while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
                    Thread.onSpinWait();
                }
                assertThat(forks).as("forks during a step").isEmpty();
            });
            engine.prefill(sequence, tokens(4), never, NO_LOGITS);
            thread.join();
            model.beforeEachStep(() -> {});
            try (Sequence fork = forks.getFirst()) {
                assertThat(fork.tokens()).isEqualTo(other.tokens()).endsWith(7);
                assertThat(fork.committed()).isEqualTo(6);
                engine.prefill(fork, tokens(2), never, NO_LOGITS);
                assertThat(fork.committed()).isEqualTo(9);
                assertThat(other.committed()).isEqualTo(6);
            }
        }
    }

    @Test
    void whoeverWaitsIsNext() throws InterruptedException {
        Sequence waiting = model.sequence(4);
        List<Thread> others = new ArrayList<>();
        try (Engine engine = new Engine(model, 2)) {
            model.beforeEachStep(() -> {
                if (model.steps().size() == 1) {
                    Thread other = Thread.ofPlatform()
                            .start(() -> engine.prefill(waiting, tokens(1), never, NO_LOGITS));
                    others.add(other);
                    while (other.getState() != Thread.State.WAITING) {
                        Thread.onSpinWait();
                    }
                }
            });
            assertThat(engine.prefill(sequence, tokens(20), never, NO_LOGITS)).isTrue();
            assertThat(others.getFirst().join(Duration.ofSeconds(10))).isTrue();
            assertThat(model.steps()).startsWith(2, 2, 1, 2).hasSize(11);
        } finally {
            waiting.close();
        }
    }
}
