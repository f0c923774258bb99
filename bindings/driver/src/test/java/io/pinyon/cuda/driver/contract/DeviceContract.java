/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.DeviceMemory;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Facts of the driver and of devices, contexts, and the names of errors. */
interface DeviceContract extends GpuSupplier {
    int MULTIPROCESSORS = 16;
    int INVALID_DEVICE = 101;

    @Test
    default void driverSaysWhatItIs() {
        assertThat(cuda().bridge()).matches("[a-z]+");
        assertThat(cuda().driverVersion()).isBetween(12_000, 99_990);
        // both came with CUDA 11.8 and 12.0, before the oldest driver that is taken
        assertThat(cuda().supportsLaunchAttributes()).isTrue();
        assertThat(cuda().supportsTensorMaps()).isTrue();
        assertThat(cuda().supportsBatchCopies()).isEqualTo(cuda().driverVersion() >= 12_080);
    }

    @Test
    default void deviceSaysWhatItIs() {
        assertThat(cuda().deviceCount()).isPositive();
        assertThat(cuda().deviceName(0)).isNotBlank().doesNotContain("\0");
        assertThat(cuda().deviceMemory(0)).isGreaterThan(1L << 30);
        assertThat(cuda().deviceAttribute(0, MULTIPROCESSORS)).isPositive();
        assertThat(gpu().capability()).isGreaterThanOrEqualTo(8);
    }

    @Test
    default void deviceThatIsNotThereIsRefused() {
        int beyond = cuda().deviceCount();

        gpu().refused(INVALID_DEVICE, () -> cuda().deviceName(beyond));
        gpu().refused(INVALID_DEVICE, () -> cuda().deviceMemory(beyond));
        gpu().refused(INVALID_DEVICE, () -> cuda().deviceAttribute(beyond, MULTIPROCESSORS));
        gpu().refused(INVALID_DEVICE, () -> cuda().retainPrimaryContext(beyond));
    }

    @Test
    default void contextIsCurrentPerThread() throws InterruptedException {
        assertThat(cuda().currentContext()).isEqualTo(gpu().context()).isNotZero();
        long[] elsewhere = {-1};
        Thread thread = new Thread(() -> elsewhere[0] = cuda().currentContext());
        thread.start();
        thread.join();
        assertThat(elsewhere[0]).isZero();

        cuda().setCurrentContext(0);
        assertThat(cuda().currentContext()).isZero();
        gpu().refused(CudaResult.INVALID_CONTEXT, () -> cuda().allocate(16));
        cuda().setCurrentContext(gpu().context());
        cuda().synchronizeContext();
    }

    @Test
    default void primaryContextIsCounted() {
        assertThat(cuda().retainPrimaryContext(0)).isEqualTo(gpu().context());
        cuda().releasePrimaryContext(0);

        long x = gpu().ints(5);
        assertThat(gpu().read(x, 1)).containsExactly(5);
    }

    @Test
    default void memoryIsCounted() {
        DeviceMemory before = cuda().memory();
        gpu().zeros(256L << 20);
        DeviceMemory after = cuda().memory();

        assertThat(before.free()).isPositive().isLessThan(before.total());
        assertThat(before.total()).isEqualTo(after.total()).isLessThanOrEqualTo(cuda().deviceMemory(0));
        // other processes may allocate and free meanwhile, but seldom so much
        assertThat(before.free() - after.free()).isGreaterThan(128L << 20);
    }

    @Test
    default void errorsHaveNames() {
        assertThat(cuda().errorName(CudaResult.OUT_OF_MEMORY)).isEqualTo("CUDA_ERROR_OUT_OF_MEMORY");
        assertThat(cuda().errorText(CudaResult.OUT_OF_MEMORY)).isNotBlank();
        assertThat(cuda().errorName(123_456)).isEqualTo("CUDA_ERROR_UNKNOWN");
        assertThat(cuda().errorText(123_456)).isNotNull();
    }
}
