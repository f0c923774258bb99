/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaDrivers;
import io.pinyon.cuda.driver.KernelImages;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Tensor;
import io.pinyon.device.contract.GpuTest;
import io.pinyon.error.DeviceException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A kernel that faults. The driver then lets the whole process use no GPU any more, so this is run in a process of its
 * own, by its tag.
 */
@GpuTest
@Tag("fault")
class CudaFaultTest {
    private static final String TRAP = """
            .version 8.0
            .target sm_80
            .address_size 64
            .visible .entry stop()
            {
                trap;
            }
            """;

    @Test
    void everyDeviceOfTheProcessSaysSoAndCloses() {
        Device bystander = new CudaDeviceProvider().open(0, DeviceOptions.defaults());
        Tensor tensor = bystander.upload(new float[]{1, 2, 3}, 1);
        CudaDriver driver = CudaDrivers.choose(Optional.empty()).driver().orElseThrow();
        try (Gpu gpu = new Gpu(driver, 0, List.of(new Trap()))) {
            refused(() -> gpu.run(() -> {
                gpu.launch(gpu.kernel("trap", "stop"), 1, 1, 1, 0, gpu.arguments());
                gpu.await();
            }));
            refused(() -> gpu.run(gpu::await));
        }
        refused(() -> bystander.read(tensor, new float[3], 0));
        refused(() -> bystander.ops().scale(tensor, 2));
        tensor.close();
        bystander.close();
        refused(() -> new CudaDeviceProvider().open(0, DeviceOptions.defaults()));
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(DeviceException.class).hasMessageStartingWith("PIN-CUDA-FAULT: ")
                .hasMessageContaining("restart this process");
    }

    private static final class Trap implements KernelImages {
        @Override
        public String description() {
            return "a kernel that traps";
        }

        @Override
        public List<String> names() {
            return List.of("trap");
        }

        @Override
        public Optional<byte[]> read(String name) {
            return name.equals("trap") ? Optional.of(TRAP.getBytes(StandardCharsets.US_ASCII)) : Optional.empty();
        }
    }
}
