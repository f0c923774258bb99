/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.Tensor;
import io.pinyon.device.contract.GpuTest;
import io.pinyon.error.MemoryException;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Exhausted memory is said, leaves nothing behind, and does not keep the next device from working. */
@GpuTest
class CudaShortageTest {
    private static Device open() {
        return new CudaDeviceProvider().open(0, DeviceOptions.defaults());
    }

    private static void works() {
        try (Device device = open(); Tensor tensor = device.upload(new float[]{1, 2, 3}, 1)) {
            float[] back = new float[3];
            device.ops().scale(tensor, 2);
            device.read(tensor, back, 0);
            assertThat(back).containsExactly(2, 4, 6);
        }
    }

    @Test
    void exhaustedMemoryIsItemisedAndComesBack() {
        try (Device device = open()) {
            long free = device.freeBytes().orElseThrow();
            KvLayout half = layout(free / 2 + (1 << 28));
            KvPage first = device.allocatePage(half);
            assertThatThrownBy(() -> device.allocatePage(half)).isInstanceOf(MemoryException.class)
                    .hasMessageStartingWith("PIN-MEMORY-DEVICE: ").hasMessageContaining("KV ")
                    .hasMessageContaining("are free");
            first.close();
            KvPage second = device.allocatePage(half);
            second.close();
            assertThat(device.freeBytes().orElseThrow()).isGreaterThan(free - (64L << 20));
        }
        works();
    }

    /** A page of about so many bytes: 256 KV heads with a key and a value of 16384 floats each. */
    private static KvLayout layout(long bytes) {
        int tokens = (int) Math.max(1, bytes / (256L * 2 * 16384 * 4));
        return new KvLayout(KvFormats.F32, KvFormats.F32, 256, 16384, 16384, tokens);
    }

    @Test
    void memoryIsTheSameAfterManyDevices() {
        works();
        long before;
        try (Device device = open()) {
            before = device.freeBytes().orElseThrow();
        }
        for (int i = 0; i < 5; i++) {
            works();
        }
        try (Device device = open()) {
            assertThat(device.freeBytes().orElseThrow()).isGreaterThanOrEqualTo(before - (4L << 20));
        }
    }

}
