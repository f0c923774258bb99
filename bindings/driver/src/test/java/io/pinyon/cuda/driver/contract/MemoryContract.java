/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.lang.foreign.MemorySegment;

import io.pinyon.cuda.driver.CudaException;
import org.junit.jupiter.api.Test;

import static io.pinyon.cuda.driver.contract.TestGpu.MAPPED;
import static io.pinyon.cuda.driver.contract.TestGpu.PORTABLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

/** Memory of the device and page-locked memory of the host. */
interface MemoryContract extends GpuSupplier {
    int HOST_MEMORY_NOT_REGISTERED = 713;

    @Test
    default void allocationsAreAlignedAndApart() {
        long first = gpu().zeros(1);
        long second = gpu().zeros(1);

        assertThat(first % 256).isZero();
        assertThat(second % 256).isZero();
        assertThat(Math.abs(first - second)).isGreaterThanOrEqualTo(256);
    }

    @Test
    default void shortageOfMemoryIsToldAndHarmless() {
        CudaException failure = TestGpu.failureOf(() -> cuda().allocate(1L << 46));
        assertThat(failure.outOfMemory()).as(failure.getMessage()).isTrue();
        assertThat(failure.sticky()).isFalse();

        long x = gpu().ints(7);
        assertThat(gpu().read(x, 1)).containsExactly(7);
    }

    @Test
    default void whatWasNotAllocatedIsNotFreed() {
        gpu().refused(TestGpu.INVALID_VALUE, () -> cuda().free(0x1234_5600L));

        long freed = cuda().allocate(1024);
        cuda().free(freed);
        gpu().refused(TestGpu.INVALID_VALUE, () -> cuda().free(freed));
    }

    @Test
    default void allocationOfNothingIsRefused() {
        gpu().refused(TestGpu.INVALID_VALUE, () -> cuda().allocate(0));
    }

    @Test
    default void kernelReadsMappedHostMemory() {
        int n = 1000;
        MemorySegment host = cuda().allocateHost(4L * n, PORTABLE | MAPPED);
        try {
            assertThat(host.byteSize()).isEqualTo(4L * n);
            host.fill((byte) 0);
            for (int i = 0; i < n; i++) {
                host.setAtIndex(JAVA_INT, i, 3 * i);
            }
            long out = gpu().zeros(4L * n);
            gpu().launch("copy", 4, 256, out, cuda().hostAddressOnDevice(host), n);
            gpu().await();
            assertThat(gpu().read(out, n)).isEqualTo(host.toArray(JAVA_INT));

            gpu().launch("add", 4, 256, cuda().hostAddressOnDevice(host), 1, n);
            gpu().await();
            assertThat(host.getAtIndex(JAVA_INT, n - 1)).isEqualTo(3 * (n - 1) + 1);
        } finally {
            cuda().freeHost(host);
        }
    }

    @Test
    default void nativeMemoryIsRegisteredAndUnregistered() {
        int n = 16 << 10;
        MemorySegment host = gpu().arena().allocate(4L * n, 4096);
        for (int i = 0; i < n; i++) {
            host.setAtIndex(JAVA_INT, i, i ^ 0x5555);
        }
        cuda().registerHost(host, PORTABLE | MAPPED);
        try {
            long out = gpu().zeros(4L * n);
            gpu().launch("copy", n / 256, 256, out, cuda().hostAddressOnDevice(host), n);
            gpu().await();
            assertThat(gpu().read(out, n)).isEqualTo(host.toArray(JAVA_INT));
        } finally {
            cuda().unregisterHost(host);
        }
        gpu().refused(HOST_MEMORY_NOT_REGISTERED, () -> cuda().unregisterHost(host));
    }

    @Test
    default void pageLockedMemoryIsTheCallersToFree() {
        MemorySegment host = cuda().allocateHost(8192, PORTABLE);
        assertThat(host.isNative()).isTrue();
        assertThat(host.isReadOnly()).isFalse();
        assertThat(host.scope().isAlive()).isTrue();
        cuda().freeHost(host);

        gpu().refused(TestGpu.INVALID_VALUE, () -> cuda().freeHost(gpu().arena().allocate(64)));
    }
}
