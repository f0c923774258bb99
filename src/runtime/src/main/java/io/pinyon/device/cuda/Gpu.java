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
    private final PrimaryContext context;
    private final long stream;
    private final Kernels kernels;
    private volatile boolean lost;
    private boolean open = true;

    /** Retains the primary context of a device. */
    Gpu(CudaDriver driver, int ordinal, List<KernelImages> images) {
        this.driver = driver;
        facts = GpuFacts.of(driver, ordinal);
        context = PrimaryContext.retain(driver, ordinal);
        try {
            stream = driver.createStream(NON_BLOCKING, 0);
        } catch (CudaException e) {
            context.release();
            arena.close();
            throw e;
        }
        kernels = new Kernels(driver, images);
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
            if (lost) {
                throw CudaErrors.lost(facts);
            }
            context.makeCurrent();
            return work.get();
        } catch (CudaException e) {
            lost |= e.sticky();
            throw CudaErrors.translate(e);
        } finally {
            lock.unlock();
        }
    }

    /** Gives something back to the driver, unless the context is lost and there is nothing left to give back. */
    void release(Runnable work) {
        lock.lock();
        try {
            if (!lost) {
                context.makeCurrent();
                work.run();
            }
        } catch (CudaException e) {
            lost |= e.sticky();
            if (!lost) {
                throw CudaErrors.translate(e);
            }
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

    /** Ends it; everything allocated through it is freed before. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (open) {
                open = false;
                release(() -> {
                    kernels.close();
                    driver.destroyStream(stream);
                });
                release(context::release);
                arena.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
