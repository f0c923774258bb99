/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.pinyon.device.KvPage;
import io.pinyon.device.KvPageException;
import io.pinyon.device.contract.Seeds;
import io.pinyon.engine.Cancellation;
import io.pinyon.engine.Engine;
import io.pinyon.engine.Sequence;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.FarDevice;
import io.pinyon.kv.KvPool;
import io.pinyon.kv.MemoryStore;
import io.pinyon.kv.PagedKvCache;
import io.pinyon.kv.place.Limit;
import io.pinyon.kv.place.Placement;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A model whose sequences share pages, and have them on other tiers or lose them there. */
@Timeout(60)
class TieredModelTest {
    private static final int PAGE_TOKENS = 4;
    private static final Placement TIGHT = new Placement(true, new Limit.Percent(10), new Limit.Percent(20));
    private static final Cancellation NEVER = new Cancellation();

    private final List<Sequence> sequences = new ArrayList<>();
    private final List<PagedKvCache> caches = new ArrayList<>();
    private FarDevice device = new FarDevice(Tier.DEVICE, new MemoryStore(500));
    private LoadedModel model;
    private Engine engine;
    private KvPool pool;

    @BeforeEach
    void load() throws IOException {
        model = Models.load(Golden.directory("llama31"), device, LoadOptions.defaults());
        engine = new Engine(model.model(), 8);
        pool = pool(0);
    }

    private KvPool pool(long reuse) {
        return new KvPool(device, new KvPool.Options(Tier.DISK, true, reuse, 0, "model"));
    }

    @AfterEach
    void nothingIsLeft() {
        pool.checkIntegrity();
        sequences.forEach(engine::close);
        pool.close();
        engine.close();
        model.close();
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isZero();
        device.close();
    }

    private Sequence open(Placement placement) {
        sequences.add(engine.open(() -> {
            caches.add(pool.open(model.model().kvLayouts(KvFormats.F16, KvFormats.F16, PAGE_TOKENS), placement, 120));
            return caches.getLast();
        }));
        return sequences.getLast();
    }

    private static int[] tokens(int count) {
        Random random = Seeds.random("tiers");
        return random.ints(count, 0, 160).toArray();
    }

    /** The logits after each of some runs of tokens. */
    private List<float[]> run(Sequence sequence, int[] tokens, int... ends) {
        List<float[]> all = new ArrayList<>();
        int from = sequence.length();
        for (int end : ends) {
            float[] logits = new float[160];
            assertThat(engine.prefill(sequence, Arrays.copyOfRange(tokens, from, end), NEVER, logits)).isTrue();
            all.add(logits);
            from = end;
        }
        return all;
    }

    private static void same(List<float[]> actual, List<float[]> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.size(); i++) {
            assertThat(actual.get(i)).isEqualTo(expected.get(i));
        }
    }

    private List<float[]> resident(int[] tokens, int... ends) {
        Sequence sequence = open(Placement.DEVICE);
        List<float[]> logits = run(sequence, tokens, ends);
        engine.close(sequence);
        return logits;
    }

    private KvPage onDisk(int cache) {
        return caches.get(cache).view(1).pages().stream().filter(page -> page.tier() == Tier.DISK).findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(names = {"DEVICE", "HOST"})
    void resultsDoNotDependOnWherePagesLie(Tier own) throws IOException {
        nothingIsLeft();
        sequences.clear();
        device = new FarDevice(own, new MemoryStore(500));
        load();
        int[] tokens = tokens(110);
        List<float[]> expected = resident(tokens, 60, 61, 62, 100, 110);
        Sequence far = open(TIGHT);
        same(run(far, tokens, 60, 61, 62, 100, 110), expected);
        assertThat(onDisk(1).tier()).isEqualTo(Tier.DISK);
        engine.truncate(far, 61);
        same(run(far, tokens, 62, 100, 110), expected.subList(2, 5));
        Sequence fork = engine.fork(far);
        sequences.add(fork);
        engine.truncate(fork, 62);
        same(run(fork, tokens, 100, 110), expected.subList(3, 5));
    }

    @Test
    void aPromptThatWasRunIsAdopted() {
        int[] tokens = tokens(41);
        List<float[]> expected = resident(tokens, 41);
        Sequence first = open(Placement.DEVICE);
        same(run(first, tokens, 41), expected);
        long held = device.memory().snapshot().bytes(Purpose.KV);
        Sequence second = open(Placement.DEVICE);
        same(run(second, tokens, 41), expected);
        long grown = device.memory().snapshot().bytes(Purpose.KV) - held;
        assertThat(grown).as("one page in each layer").isEqualTo(second.bytes() / 11);
        engine.truncate(second, 3);
        same(run(second, tokens, 41), expected);
        engine.truncate(second, 0);
        same(run(second, tokens, 41), expected);
    }

    @Test
    void logitsOfAllRowsAreComputed() {
        int[] tokens = tokens(20);
        run(open(Placement.DEVICE), tokens, 20);
        List<Integer> rows = new ArrayList<>();
        engine.prefillRows(open(Placement.DEVICE), tokens, NEVER, (_, count, _) -> rows.add(count));
        assertThat(rows).containsExactly(8, 8, 4);
    }

    @Test
    void aFailedPromptGivesBackWhatItAdopted() {
        int[] tokens = tokens(20);
        run(open(Placement.DEVICE), tokens, 20);
        Sequence second = open(Placement.DEVICE);
        var cancelled = new Cancellation();
        cancelled.request();
        assertThat(engine.prefill(second, tokens, cancelled, new float[0])).isFalse();
        assertThat(List.of(second.length(), second.committed(), (int) second.bytes())).containsOnly(0);
    }

    @Test
    void aLostPageIsComputedAgain() {
        int[] tokens = tokens(110);
        List<float[]> expected = resident(tokens, 80, 81, 110);
        Sequence sequence = open(TIGHT);
        Sequence fork = open(TIGHT);
        run(sequence, tokens, 80);
        run(fork, tokens, 80);
        KvPage lost = caches.get(1).view(2).pages().get(3);
        assertThat(device.lose(lost)).isTrue();
        same(run(sequence, tokens, 81), expected.subList(1, 2));
        assertThat(caches.get(1).view(2).pages()).doesNotContain(lost);
        assertThat(caches.get(2).view(2).pages()).contains(lost);
        same(run(fork, tokens, 81, 110), expected.subList(1, 3));
        assertThat(caches.get(2).view(2).pages()).doesNotContain(lost);
        pool.checkIntegrity();
        same(run(sequence, tokens, 110), expected.subList(2, 3));
    }

    @Test
    void aDiskThatKeepsLosingPagesIsToldToTheCaller() {
        int[] tokens = tokens(110);
        Sequence sequence = open(TIGHT);
        List<float[]> expected = resident(tokens, 80, 90);
        run(sequence, tokens, 80);
        device.loseAll(true);
        assertThatThrownBy(() -> run(sequence, tokens, 90)).isInstanceOf(KvPageException.class)
                .hasMessageStartingWith("PIN-KV-CHECKSUM");
        assertThat(sequence.length()).isEqualTo(80);
        pool.checkIntegrity();
        device.loseAll(false);
        same(run(sequence, tokens, 90), expected.subList(1, 2));
    }

    @Test
    void whatCannotRunAgainAsItDidIsToldToTheCaller() {
        int[] tokens = tokens(110);
        Sequence sequence = open(TIGHT);
        run(sequence, tokens, 80);
        engine.excise(sequence, 40, 60);
        device.lose(onDisk(0));
        assertThatThrownBy(() -> engine.prefill(sequence, tokens(5), NEVER, new float[0]))
                .isInstanceOf(KvPageException.class);
        assertThat(sequence.length()).isEqualTo(60);
    }

    @Test
    void sequencesForgetWhatIsExcised() {
        int[] tokens = tokens(50);
        Sequence sequence = open(Placement.DEVICE);
        run(sequence, tokens, 50);
        engine.excise(sequence, 8, 24);
        assertThat(List.of(sequence.length(), sequence.committed(), sequence.free())).containsExactly(34, 34, 70);
        assertThat(Arrays.copyOfRange(sequence.tokens(), 8, 34)).isEqualTo(Arrays.copyOfRange(tokens, 24, 50));
        Sequence fork = engine.fork(sequence);
        sequences.add(fork);
        assertThat(fork.free()).isEqualTo(70);
        engine.truncate(fork, 8);
        assertThat(fork.free()).isEqualTo(112);
        assertThatThrownBy(() -> engine.prefill(sequence, new int[71], NEVER, new float[0]))
                .isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-PROMPT-TOOLONG");
        assertThat(engine.prefill(sequence, new int[70], NEVER, new float[0])).isTrue();
        assertThat(sequence.free()).isZero();
    }

    @Test
    void closingWhileAnotherThreadRunsEndsTheRun() throws Exception {
        Sequence sequence = open(TIGHT);
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<Integer> running = threads.submit(() -> {
                int runs = 0;
                while (true) {
                    try {
                        engine.prefill(sequence, tokens(1 + runs % 3), NEVER, new float[160]);
                        runs++;
                        engine.truncate(sequence, sequence.length() % 100);
                    } catch (UsageException e) {
                        assertThat(e.code()).isEqualTo("PIN-KV-CLOSED");
                        return runs;
                    }
                }
            });
            while (sequence.length() < 20) {
                Thread.onSpinWait();
            }
            engine.close(sequence);
            engine.close(sequence);
            assertThat(running.get()).isPositive();
        }
        assertThat(device.openPages()).isZero();
    }
}
