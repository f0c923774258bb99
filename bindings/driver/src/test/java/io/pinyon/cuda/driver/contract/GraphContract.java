/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.lang.foreign.MemorySegment;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.LaunchShape;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Recording a stream and running what was recorded. */
interface GraphContract extends GpuSupplier {
    int THIS_THREAD = 1;
    int STREAM_CAPTURE_INVALIDATED = 901;

    @Test
    default void recordedWorkRunsWhenLaunched() {
        long x = gpu().ints(1, 10);
        long graph = recorded(x, 5, 3);
        assertThat(gpu().read(x, 2)).as("nothing has run").containsExactly(1, 10);
        assertThat(cuda().graphNodes(graph)).isEqualTo(3);

        long executable = cuda().instantiate(graph);
        cuda().destroyGraph(graph);
        cuda().launchGraph(executable, gpu().stream());
        cuda().launchGraph(executable, gpu().stream());
        gpu().await();
        assertThat(gpu().read(x, 2)).containsExactly(31, 10);
        cuda().destroyExecutable(executable);
    }

    @Test
    default void parametersAreThoseOfTheRecording() {
        long x = gpu().ints(0);
        MemorySegment parameters = Parameters.pack(gpu().arena(), x, 4, 1);
        cuda().beginCapture(gpu().stream(), THIS_THREAD);
        cuda().launch(gpu().kernel("add"), LaunchShape.of(1, 1, 1, 1, 0), gpu().stream(), parameters);
        long graph = cuda().endCapture(gpu().stream());
        parameters.fill((byte) -1);
        long executable = cuda().instantiate(graph);

        cuda().launchGraph(executable, gpu().stream());
        gpu().await();
        assertThat(gpu().read(x, 1)).containsExactly(4);
        cuda().destroyExecutable(executable);
        cuda().destroyGraph(graph);
    }

    @Test
    default void copiesAndFillsAreRecorded() {
        long x = gpu().ints(1);
        long y = gpu().ints(2);
        long add = gpu().kernel("add");
        cuda().beginCapture(gpu().stream(), THIS_THREAD);
        cuda().fillAsync(x, (byte) 1, 4, gpu().stream());
        cuda().launch(add, LaunchShape.of(1, 1, 1, 1, 0), gpu().stream(), Parameters.pack(gpu().arena(), x, 1, 1));
        cuda().copyAsync(y, x, 4, gpu().stream());
        long graph = cuda().endCapture(gpu().stream());
        long executable = cuda().instantiate(graph);

        cuda().launchGraph(executable, gpu().stream());
        gpu().await();
        assertThat(gpu().read(y, 1)).containsExactly(0x01010102);
        cuda().destroyExecutable(executable);
        cuda().destroyGraph(graph);
    }

    @Test
    default void graphTakesParametersOfOneOfTheSameShape() {
        long x = gpu().ints(0);
        long y = gpu().ints(0);
        long first = recorded(x, 1, 2);
        long second = recorded(y, 10, 2);
        long longer = recorded(y, 100, 3);
        long executable = cuda().instantiate(first);

        assertThat(cuda().updateGraph(executable, second)).isTrue();
        cuda().launchGraph(executable, gpu().stream());
        gpu().await();
        assertThat(gpu().read(x, 1)).containsExactly(0);
        assertThat(gpu().read(y, 1)).containsExactly(20);

        assertThat(cuda().updateGraph(executable, longer)).isFalse();
        cuda().launchGraph(executable, gpu().stream());
        gpu().await();
        assertThat(gpu().read(y, 1)).as("as before the update that failed").containsExactly(40);
        cuda().destroyExecutable(executable);
        cuda().destroyGraph(first);
        cuda().destroyGraph(second);
        cuda().destroyGraph(longer);
    }

    @Test
    default void failureWhileRecordingLeavesTheStreamUsable() {
        cuda().beginCapture(gpu().stream(), THIS_THREAD);
        gpu().launch("nothing", 1, 1);
        gpu().refused(CudaResult.STREAM_CAPTURE_UNSUPPORTED, () -> cuda().synchronizeStream(gpu().stream()));
        gpu().refused(STREAM_CAPTURE_INVALIDATED, () -> cuda().endCapture(gpu().stream()));

        long x = gpu().ints(1);
        gpu().launch("add", 1, 1, x, 1, 1);
        gpu().await();
        assertThat(gpu().read(x, 1)).containsExactly(2);
        long executable = cuda().instantiate(recorded(x, 1, 1));
        cuda().launchGraph(executable, gpu().stream());
        gpu().await();
        assertThat(gpu().read(x, 1)).containsExactly(3);
        cuda().destroyExecutable(executable);
    }

    @Test
    default void refusedLaunchWhileRecordingIsToldAtOnce() {
        cuda().beginCapture(gpu().stream(), THIS_THREAD);
        gpu().refused(TestGpu.INVALID_VALUE, () -> gpu().launch("nothing", 1, 4096));
        try {
            cuda().destroyGraph(cuda().endCapture(gpu().stream()));
        } catch (CudaException e) {
            // drivers differ in whether the recording survives; the stream has to
            assertThat(e.code()).isEqualTo(STREAM_CAPTURE_INVALIDATED);
        }
        gpu().launch("nothing", 1, 1);
        gpu().await();
    }

    @Test
    default void launchAttributesAreRecorded() {
        assumeTrue(cuda().supportsLaunchAttributes(), "the driver takes no launch attributes");
        assumeTrue(gpu().capability() >= LaunchContract.HOPPER, "the device has no clusters");
        long module = cuda().loadModule(gpu().image("clusters.ptx"));
        long x = gpu().ints(7);
        long out = gpu().zeros(8);
        long rank = gpu().zeros(16);
        long early = cuda().function(module, "early_set");
        long late = cuda().function(module, "late_copy");
        long ranks = cuda().function(module, "ranks");
        LaunchShape plain = LaunchShape.of(1, 1, 1, 1, 0);
        cuda().beginCapture(gpu().stream(), THIS_THREAD);
        cuda().launch(early, plain, gpu().stream(), Parameters.pack(gpu().arena(), x, 42, 1_000_000L));
        cuda().launch(late, new LaunchShape(1, 1, 1, 1, 1, 1, 0, 1, true), gpu().stream(),
                Parameters.pack(gpu().arena(), out, x));
        cuda().launch(ranks, new LaunchShape(2, 1, 1, 1, 1, 1, 0, 2, false), gpu().stream(),
                Parameters.pack(gpu().arena(), rank));
        long graph = cuda().endCapture(gpu().stream());
        long executable = cuda().instantiate(graph);

        cuda().launchGraph(executable, gpu().stream());
        gpu().await();
        assertThat(gpu().read(out, 1)).containsExactly(42);
        assertThat(gpu().read(rank, 4)).containsExactly(0, 2, 1, 2);
        cuda().destroyExecutable(executable);
        cuda().destroyGraph(graph);
        cuda().unloadModule(module);
    }

    /** Records launches that each add a value to the integer at {@code x}. */
    private long recorded(long x, int value, int launches) {
        long add = gpu().kernel("add");
        cuda().beginCapture(gpu().stream(), THIS_THREAD);
        for (int i = 0; i < launches; i++) {
            cuda().launch(add, LaunchShape.of(1, 1, 1, 32, 0), gpu().stream(),
                    Parameters.pack(gpu().arena(), x, value, 1));
        }
        return cuda().endCapture(gpu().stream());
    }
}
