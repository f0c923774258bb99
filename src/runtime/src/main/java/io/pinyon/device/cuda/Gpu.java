/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.KernelImages;
import io.pinyon.cuda.driver.LaunchShape;

/**
 * One GPU as ops use it: its primary context, one stream on which everything runs in order, and its kernels.
 *
 * <p>All that touches the driver goes through {@link #call}, which holds the lock and makes the context current, so that
 * any thread may use it.
 */
final class Gpu implements AutoCloseable {
    private static final int NON_BLOCKING = 1;
    private static final int DEFAULT_SHARED_BYTES = 48 << 10;
    private static final int MAX_DYNAMIC_SHARED_SIZE_BYTES = 8;

    private final CudaDriver driver;
    private final GpuFacts facts;
    private final ReentrantLock lock = new ReentrantLock();
    private final Arena arena = Arena.ofShared();
    private final Arguments arguments = new Arguments(arena);
    private final long context;
    private final long stream;
    private final Kernels kernels;
    private volatile boolean lost;
    private boolean open = true;

    /** Retains the primary context of a device, after resetting it if an earlier fault has left it unusable. */
    Gpu(CudaDriver driver, int ordinal, List<KernelImages> images) {
        this.driver = driver;
        facts = GpuFacts.of(driver, ordinal);
        context = retainHealthy(driver, ordinal);
        try {
            stream = driver.createStream(NON_BLOCKING, 0);
        } catch (CudaException e) {
            driver.releasePrimaryContext(ordinal);
            arena.close();
            throw e;
        }
        kernels = new Kernels(driver, images);
    }

    private static long retainHealthy(CudaDriver driver, int ordinal) {
        long context = driver.retainPrimaryContext(ordinal);
        driver.setCurrentContext(context);
        try {
            driver.synchronizeContext();
            return context;
        } catch (CudaException e) {
            driver.resetPrimaryContext(ordinal);
            long fresh = driver.retainPrimaryContext(ordinal);
            driver.setCurrentContext(fresh);
            driver.synchronizeContext();
            return fresh;
        }
    }

    CudaDriver driver() {
        return driver;
    }

    GpuFacts facts() {
        return facts;
    }

    /** The stream of all ops. */
    long stream() {
        return stream;
    }

    /** Whether a kernel has faulted, so that nothing works any more. */
    boolean lost() {
        return lost;
    }

    /** Does work with the driver, alone and with the context current. */
    <T> T call(Supplier<T> work) {
        lock.lock();
        try {
            driver.setCurrentContext(context);
            return work.get();
        } catch (CudaException e) {
            lost |= e.sticky();
            throw CudaErrors.translate(e);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #call}, without a result. */
    void run(Runnable work) {
        call(() -> {
            work.run();
            return true;
        });
    }

    /** A kernel; within {@link #call}. */
    Kernel kernel(String image, String name) {
        return kernels.get(image, name);
    }

    /** An empty list of parameters, the same one each time; within {@link #call}. */
    Arguments arguments() {
        return arguments.clear();
    }

    /** Launches on the stream; within {@link #call}. */
    void launch(Kernel kernel, LaunchShape shape, Arguments parameters) {
        driver.launch(kernel.handle(), shape, stream, parameters.segment());
    }

    /**
     * Launches on the stream; within {@link #call}.
     *
     * @param threads of a block
     * @param sharedBytes dynamic shared memory of a block
     */
    void launch(Kernel kernel, int gridX, int gridY, int threads, int sharedBytes, Arguments parameters) {
        launch(kernel, LaunchShape.of(gridX, gridY, 1, threads, sharedBytes), parameters);
    }

    /** Lets a kernel use more dynamic shared memory than every kernel may; within {@link #call}. */
    void allowShared(Kernel kernel, int bytes) {
        if (bytes > DEFAULT_SHARED_BYTES) {
            driver.setFunctionAttribute(kernel.handle(), MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes);
        }
    }

    /** Waits for the stream; within {@link #call}. */
    void await() {
        driver.synchronizeStream(stream);
    }

    /** Ends it; everything allocated through it is freed before. After a fault the driver has nothing left to free. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!open) {
                return;
            }
            open = false;
            if (!lost) {
                driver.setCurrentContext(context);
                kernels.close();
                driver.destroyStream(stream);
            }
            driver.releasePrimaryContext(facts.ordinal());
            arena.close();
        } catch (CudaException e) {
            throw CudaErrors.translate(e);
        } finally {
            lock.unlock();
        }
    }
}
