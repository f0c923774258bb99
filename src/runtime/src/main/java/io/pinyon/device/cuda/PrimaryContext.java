/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;

/** The primary context of a GPU, which all devices of a process on this GPU share: half a gibibyte once, not each time. */
final class PrimaryContext {
    private final CudaDriver driver;
    private final int ordinal;
    private final long handle;

    private PrimaryContext(CudaDriver driver, int ordinal) {
        this.driver = driver;
        this.ordinal = ordinal;
        handle = driver.retainPrimaryContext(ordinal);
    }

    /** Retains it and makes it current; fails if a kernel has faulted in this process. */
    static PrimaryContext retain(CudaDriver driver, int ordinal) {
        PrimaryContext context = new PrimaryContext(driver, ordinal);
        try {
            context.makeCurrent();
            driver.synchronizeContext();
            return context;
        } catch (CudaException e) {
            driver.releasePrimaryContext(ordinal);
            throw e;
        }
    }

    /** Makes it current to this thread. */
    void makeCurrent() {
        driver.setCurrentContext(handle);
    }

    /** Gives it up. */
    void release() {
        driver.releasePrimaryContext(ordinal);
    }
}
