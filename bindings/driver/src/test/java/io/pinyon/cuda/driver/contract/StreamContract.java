/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.pinyon.cuda.driver.LaunchShape;
import org.junit.jupiter.api.Test;

import static io.pinyon.cuda.driver.contract.TestGpu.INVALID_HANDLE;
import static io.pinyon.cuda.driver.contract.TestGpu.NON_BLOCKING;
import static org.assertj.core.api.Assertions.assertThat;

/** Streams and events. */
interface StreamContract extends GpuSupplier {
    int NO_TIMES = 2;
    long WHILE = 100_000_000;

    @Test
    default void streamIsIdleWhenItsWorkIsDone() {
        long x = gpu().zeros(4);
        // loads the kernel, so that its launch below does not wait for that
        gpu().launch("slow_set", 1, 1, x, 1, 0L);
        gpu().await();
        assertThat(cuda().streamIdle(gpu().stream())).isTrue();

        gpu().launch("slow_set", 1, 1, x, 42, WHILE);
        assertThat(cuda().streamIdle(gpu().stream())).isFalse();
        cuda().synchronizeStream(gpu().stream());
        assertThat(cuda().streamIdle(gpu().stream())).isTrue();
        assertThat(gpu().read(x, 1)).containsExactly(42);
    }

    @Test
    default void eventsHappenAndTakeTimes() {
        long x = gpu().zeros(4);
        long start = cuda().createEvent(0);
        long end = cuda().createEvent(0);
        gpu().launch("slow_set", 1, 1, x, 1, 0L);
        cuda().recordEvent(start, gpu().stream());
        gpu().launch("slow_set", 1, 1, x, 42, WHILE);
        cuda().recordEvent(end, gpu().stream());

        assertThat(cuda().eventHappened(end)).isFalse();
        cuda().synchronizeEvent(end);
        assertThat(cuda().eventHappened(start)).isTrue();
        assertThat(cuda().eventHappened(end)).isTrue();
        assertThat(cuda().elapsedMillis(start, end)).isBetween(90f, 10_000f);
        cuda().destroyEvent(start);
        cuda().destroyEvent(end);
    }

    @Test
    default void eventsWithoutTimesHaveNone() {
        long start = cuda().createEvent(NO_TIMES);
        long end = cuda().createEvent(NO_TIMES);
        cuda().recordEvent(start, gpu().stream());
        cuda().recordEvent(end, gpu().stream());
        gpu().await();

        gpu().refused(INVALID_HANDLE, () -> cuda().elapsedMillis(start, end));
        cuda().destroyEvent(start);
        cuda().destroyEvent(end);
    }

    @Test
    default void invalidHandlesAreRefused() {
        gpu().refused(INVALID_HANDLE, () -> cuda().recordEvent(0, gpu().stream()));
        gpu().refused(INVALID_HANDLE, () -> cuda().waitForEvent(gpu().stream(), 0));
        gpu().refused(INVALID_HANDLE,
                () -> cuda().launch(0, LaunchShape.of(1, 1, 1, 1, 0), gpu().stream(), Parameters.pack(gpu().arena())));
        gpu().refused(INVALID_HANDLE, () -> cuda().function(0, "add"));
    }

    @Test
    default void streamWaitsForEventOfAnother() {
        long x = gpu().ints(0);
        long out = gpu().zeros(4);
        long other = cuda().createStream(NON_BLOCKING, -1);
        long event = cuda().createEvent(NO_TIMES);
        gpu().launch("slow_set", 1, 1, x, 42, WHILE);
        cuda().recordEvent(event, gpu().stream());

        cuda().waitForEvent(other, event);
        cuda().copyAsync(out, x, 4, other);
        cuda().synchronizeStream(other);
        assertThat(gpu().read(out, 1)).containsExactly(42);
        cuda().destroyEvent(event);
        cuda().destroyStream(other);
    }

    @Test
    default void streamsDoNotWaitForEachOther() {
        long x = gpu().zeros(4);
        long y = gpu().zeros(4);
        long other = cuda().createStream(NON_BLOCKING, 0);
        gpu().launch("slow_set", 1, 1, x, 1, 0L);
        gpu().await();

        gpu().launch("slow_set", 1, 1, x, 42, 5 * WHILE);
        cuda().fillAsync(y, (byte) 1, 4, other);
        cuda().synchronizeStream(other);
        assertThat(cuda().streamIdle(gpu().stream())).isFalse();
        gpu().await();
        cuda().destroyStream(other);
    }

    @Test
    default void threadsWorkSideBySide() throws InterruptedException {
        int threads = 4;
        int launches = 200;
        long add = gpu().kernel("add");
        List<Long> counters = new ArrayList<>();
        List<Future<?>> work = new ArrayList<>();
        try (var executor = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < threads; i++) {
                long counter = gpu().zeros(4);
                int step = i + 1;
                counters.add(counter);
                work.add(executor.submit(() -> addOften(add, counter, step, launches)));
            }
        }
        for (int i = 0; i < threads; i++) {
            assertThat(work.get(i)).as("thread " + i).satisfies(StreamContract::succeeded);
            assertThat(gpu().read(counters.get(i), 1)).containsExactly((i + 1) * launches);
        }
    }

    private static void succeeded(Future<?> work) throws InterruptedException, ExecutionException {
        work.get();
    }

    private void addOften(long kernel, long counter, int step, int launches) {
        cuda().setCurrentContext(gpu().context());
        long stream = cuda().createStream(NON_BLOCKING, 0);
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < launches; i++) {
                cuda().launch(kernel, LaunchShape.of(1, 1, 1, 1, 0), stream, Parameters.pack(arena, counter, step, 1));
                if (i % 50 == 0) {
                    cuda().synchronizeStream(stream);
                }
            }
            cuda().synchronizeStream(stream);
        }
        cuda().destroyStream(stream);
        cuda().setCurrentContext(0);
    }
}
