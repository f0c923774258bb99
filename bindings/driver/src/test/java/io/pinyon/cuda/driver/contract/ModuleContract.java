/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.lang.foreign.MemorySegment;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.LaunchShape;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Images and kernels. */
interface ModuleContract extends GpuSupplier {
    int MAX_THREADS_PER_BLOCK = 0;
    int MAX_DYNAMIC_SHARED_SIZE_BYTES = 8;

    @Test
    default void unknownKernelIsRefused() {
        gpu().refused(CudaResult.NOT_FOUND, () -> gpu().kernel("no_such_kernel"));
    }

    @Test
    default void imageForAnotherDeviceIsToldFromABadOne() {
        for (String name : new String[]{"sm75.cubin", "future.ptx"}) {
            CudaException failure = TestGpu.failureOf(() -> cuda().loadModule(gpu().image(name)));
            assertThat(failure.noKernelForDevice()).as("%s: %s", name, failure.getMessage()).isTrue();
            assertThat(failure.sticky()).isFalse();
        }
        MemorySegment nonsense = gpu().arena().allocateFrom("this is no image of kernels, whatever it is");
        CudaException failure = TestGpu.failureOf(() -> cuda().loadModule(nonsense));
        assertThat(failure.noKernelForDevice()).as(failure.getMessage()).isFalse();
        assertThat(failure.sticky()).isFalse();
    }

    @Test
    default void moduleCanBeLoadedTwiceAndUnloaded() {
        long again = cuda().loadModule(gpu().image("kernels.ptx"));
        assertThat(again).isNotEqualTo(gpu().module());
        assertThat(cuda().function(again, "add")).isNotZero();
        cuda().unloadModule(again);

        long x = gpu().ints(1);
        gpu().launch("add", 1, 1, x, 1, 1);
        gpu().await();
        assertThat(gpu().read(x, 1)).containsExactly(2);
    }

    @Test
    default void kernelSaysWhatItNeeds() {
        long add = gpu().kernel("add");

        assertThat(cuda().functionAttribute(add, MAX_THREADS_PER_BLOCK)).isBetween(32, 1024);
        int alone = cuda().maxActiveBlocks(add, 256, 0);
        assertThat(alone).isBetween(2, 64);
        assertThat(cuda().maxActiveBlocks(add, 256, 40 << 10)).isBetween(1, alone - 1);
    }

    @Test
    default void moreSharedMemoryMustBeAllowed() {
        int bytes = 64 << 10;
        long kernel = gpu().kernel("last_word");
        long out = gpu().zeros(4);
        LaunchShape shape = LaunchShape.of(1, 1, 1, 1, bytes);
        MemorySegment parameters = Parameters.pack(gpu().arena(), out, bytes);

        gpu().refused(TestGpu.INVALID_VALUE, () -> cuda().launch(kernel, shape, gpu().stream(), parameters));
        cuda().setFunctionAttribute(kernel, MAX_DYNAMIC_SHARED_SIZE_BYTES, bytes);
        assertThat(cuda().functionAttribute(kernel, MAX_DYNAMIC_SHARED_SIZE_BYTES)).isEqualTo(bytes);
        cuda().launch(kernel, shape, gpu().stream(), parameters);
        gpu().await();
        assertThat(gpu().read(out, 1)).containsExactly(bytes);

        gpu().refused(TestGpu.INVALID_VALUE,
                () -> cuda().setFunctionAttribute(kernel, MAX_DYNAMIC_SHARED_SIZE_BYTES, 1 << 30));
    }
}
