/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class CudaExceptionTest {
    private static CudaException of(int code) {
        return new CudaException(code, "CUDA_ERROR_SOMETHING", "something is wrong", "cuSomething_v2");
    }

    @Test
    void saysWhatFailedAndHow() {
        CudaException failure = of(42);

        assertThat(failure).hasMessage("cuSomething_v2: CUDA_ERROR_SOMETHING (42), something is wrong");
        assertThat(failure.code()).isEqualTo(42);
        assertThat(failure.call()).isEqualTo("cuSomething_v2");
    }

    @ParameterizedTest
    @ValueSource(ints = {700, 702, 709, 715, 716, 718, 719, 999})
    void faultsAreSticky(int code) {
        assertThat(of(code).sticky()).isTrue();
        assertThat(of(code).outOfMemory()).isFalse();
        assertThat(of(code).noKernelForDevice()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 100, 201, 209, 222, 400, 500, 801, 900, 901, 910})
    void refusalsAreNotSticky(int code) {
        assertThat(of(code).sticky()).isFalse();
    }

    @Test
    void shortageOfMemoryAndForeignImagesAreTold() {
        assertThat(of(CudaResult.OUT_OF_MEMORY).outOfMemory()).isTrue();
        assertThat(of(CudaResult.INVALID_VALUE).outOfMemory()).isFalse();
        assertThat(of(CudaResult.NO_BINARY_FOR_GPU).noKernelForDevice()).isTrue();
        assertThat(of(CudaResult.UNSUPPORTED_PTX_VERSION).noKernelForDevice()).isTrue();
        assertThat(of(CudaResult.NOT_FOUND).noKernelForDevice()).isFalse();
    }
}
