/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaDrivers;
import io.pinyon.cuda.driver.LaunchShape;

/** The first GPU through one bridge: a context that is current to the thread, a stream, and a kernel that does nothing. */
final class Cuda implements AutoCloseable {
    private static final int NON_BLOCKING = 1;
    private static final int ONE_THREAD_CAPTURES = 1;
    private static final LaunchShape SHAPE = LaunchShape.of(1, 1, 1, 32, 0);

    // as the smallest kernels have it: two addresses and a count
    private static final int ARGUMENT_BYTES = 24;

    private static final String KERNEL = """
            .version 7.0
            .target sm_80
            .address_size 64
            .visible .entry nothing(.param .u64 from, .param .u64 to, .param .u64 count)
            {
                ret;
            }
            """;

    private final CudaDriver driver;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment arguments = arena.allocate(ARGUMENT_BYTES, Long.BYTES);
    private final long stream;
    private final long module;
    private final long kernel;

    /**
     * Opens the GPU.
     *
     * @throws IllegalStateException if the bridge is not usable, with its reason
     */
    Cuda(String bridge) {
        CudaDrivers.Choice choice = CudaDrivers.choose(Optional.of(bridge));
        driver = choice.driver().orElseThrow(
                () -> new IllegalStateException("cannot measure this bridge: " + String.join("; ", choice.refusals())));
        driver.setCurrentContext(driver.retainPrimaryContext(0));
        stream = driver.createStream(NON_BLOCKING, 0);
        module = driver.loadModule(arena.allocateFrom(KERNEL));
        kernel = driver.function(module, "nothing");
    }

    CudaDriver driver() {
        return driver;
    }

    long stream() {
        return stream;
    }

    void launch() {
        driver.launch(kernel, SHAPE, stream, arguments);
    }

    /** A graph of launches one after the other; the caller destroys it. */
    long graph(int launches) {
        driver.beginCapture(stream, ONE_THREAD_CAPTURES);
        for (int i = 0; i < launches; i++) {
            launch();
        }
        long graph = driver.endCapture(stream);
        long executable = driver.instantiate(graph);
        driver.destroyGraph(graph);
        return executable;
    }

    void await() {
        driver.synchronizeStream(stream);
    }

    @Override
    public void close() {
        await();
        driver.unloadModule(module);
        driver.destroyStream(stream);
        driver.setCurrentContext(0);
        driver.releasePrimaryContext(0);
        arena.close();
    }
}
