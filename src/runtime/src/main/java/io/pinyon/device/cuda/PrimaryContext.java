/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;

/**
 * A retained primary context of a device.
 *
 * <p>The driver keeps one primary context per device for the whole process, and after a reset it may have the same handle.
 * So resets are counted for the whole process, too: who retained it before must not touch it any more.
 */
final class PrimaryContext {
    private static final Map<Integer, AtomicInteger> RESETS = new ConcurrentHashMap<>();

    private final CudaDriver driver;
    private final int ordinal;
    private final long handle;
    private final int resets;

    private PrimaryContext(CudaDriver driver, int ordinal) {
        this.driver = driver;
        this.ordinal = ordinal;
        resets = counter(ordinal).get();
        handle = driver.retainPrimaryContext(ordinal);
    }

    private static AtomicInteger counter(int ordinal) {
        return RESETS.computeIfAbsent(ordinal, _ -> new AtomicInteger());
    }

    /** Retains the context and makes it current; if an earlier fault has left it unusable, it is reset first. */
    static synchronized PrimaryContext retain(CudaDriver driver, int ordinal) {
        try {
            return retainHealthy(driver, ordinal);
        } catch (CudaException e) {
            if (!e.sticky()) {
                throw e;
            }
            counter(ordinal).incrementAndGet();
            driver.resetPrimaryContext(ordinal);
            return retainHealthy(driver, ordinal);
        }
    }

    private static PrimaryContext retainHealthy(CudaDriver driver, int ordinal) {
        PrimaryContext context = new PrimaryContext(driver, ordinal);
        driver.setCurrentContext(context.handle);
        driver.synchronizeContext();
        return context;
    }

    /** Whether it is still the one that was retained. */
    boolean alive() {
        return counter(ordinal).get() == resets;
    }

    /** Makes it current to this thread. */
    void makeCurrent() {
        driver.setCurrentContext(handle);
    }

    /** Gives it up. */
    void release() {
        if (alive()) {
            driver.releasePrimaryContext(ordinal);
        }
    }
}
