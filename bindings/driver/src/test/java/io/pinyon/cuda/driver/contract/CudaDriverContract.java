/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static io.pinyon.cuda.driver.contract.TestGpu.failureOf;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every bridge must do on a machine with a GPU; one subclass per bridge and nothing else. Each test has a primary
 * context of its own on device 0.
 */
@Tag("gpu")
public abstract class CudaDriverContract
        implements
            DeviceContract,
            ModuleContract,
            MemoryContract,
            CopyContract,
            StreamContract,
            LaunchContract,
            GraphContract,
            TensorMapContract {
    private @Nullable TestGpu gpu;

    /** The bridge's driver, usually {@link UsableDriver#of}. */
    protected abstract CudaDriver driver();

    @BeforeEach
    void open() {
        gpu = new TestGpu(driver());
    }

    @AfterEach
    void close() {
        TestGpu used = gpu;
        gpu = null;
        if (used != null) {
            used.close();
        }
    }

    @Override
    public final TestGpu gpu() {
        TestGpu open = gpu;
        if (open == null) {
            throw new IllegalStateException("no device is open");
        }
        return open;
    }

    /** In a process of its own, by its tag: drivers may let a process use no GPU any more after a fault. */
    @Test
    @Tag("fault")
    void faultIsToldByEveryLaterCall() {
        TestGpu lost = gpu();
        CudaDriver driver = lost.driver();

        CudaException fault = failureOf(() -> {
            lost.launch("fault", 1, 1);
            lost.await();
        });
        assertThat(fault.sticky()).as(fault.getMessage()).isTrue();
        assertThat(failureOf(() -> driver.allocate(4)).sticky()).as("the error stays").isTrue();
        gpu = null;
        lost.abandon();
        try {
            gpu = new TestGpu(driver);
        } catch (CudaException e) {
            assertThat(e.sticky()).as("after a reset: " + e.getMessage()).isTrue();
            return;
        }
        long x = gpu().ints(1);
        gpu().launch("add", 1, 1, x, 2, 1);
        gpu().await();
        assertThat(gpu().read(x, 1)).containsExactly(3);
    }
}
