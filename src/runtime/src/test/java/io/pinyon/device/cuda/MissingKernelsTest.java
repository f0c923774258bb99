/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaDrivers;
import io.pinyon.cuda.driver.KernelImages;
import io.pinyon.device.contract.GpuTest;
import io.pinyon.error.DeviceException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Kernels that are not installed. */
@GpuTest
class MissingKernelsTest {
    @Test
    void aMissingImageIsRefused() {
        CudaDriver driver = CudaDrivers.choose(Optional.empty()).driver().orElseThrow();
        try (Gpu gpu = new Gpu(driver, 0, List.of(new Nothing()))) {
            assertThatThrownBy(() -> gpu.run(() -> gpu.kernel("elementwise", "add")))
                    .isInstanceOf(DeviceException.class).hasMessageStartingWith("PIN-CUDA-KERNELS: ")
                    .hasMessageContaining("elementwise").hasMessageContaining("a kernel that does nothing");
            assertThatThrownBy(() -> gpu.run(() -> gpu.kernel("nothing", "add"))).isInstanceOf(DeviceException.class)
                    .hasMessageStartingWith("PIN-CUDA-KERNELS: ").hasMessageContaining("add");
        }
    }

    private static final String PTX = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry nothing()
            {
                ret;
            }
            """;

    private static final class Nothing implements KernelImages {
        @Override
        public String description() {
            return "a kernel that does nothing";
        }

        @Override
        public List<String> names() {
            return List.of("nothing");
        }

        @Override
        public Optional<byte[]> read(String name) {
            return name.equals("nothing") ? Optional.of(PTX.getBytes(StandardCharsets.US_ASCII)) : Optional.empty();
        }
    }
}
