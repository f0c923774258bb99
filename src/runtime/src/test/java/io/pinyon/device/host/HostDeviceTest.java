/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Tensor;
import io.pinyon.device.WeightMatrix;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.format.TensorData;
import io.pinyon.format.WeightFormats;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class HostDeviceTest {
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    @Test
    void anExhaustedHeapIsAnErrorLikeAnyOther() {
        assumeTrue(Runtime.getRuntime().maxMemory() < 4L * LARGEST_ARRAY, "needs a heap below 8 GiB");
        try (Device device = new ScalarDevice(DeviceOptions.defaults())) {
            assertThatThrownBy(() -> device.allocate(1, LARGEST_ARRAY)).isInstanceOf(MemoryException.class)
                    .hasMessageStartingWith("PIN-MEMORY-HEAP: 8.0 GiB for ACTIVATIONS")
                    .hasCauseInstanceOf(OutOfMemoryError.class);
            assertThatThrownBy(() -> device.allocateInts(LARGEST_ARRAY)).isInstanceOf(MemoryException.class)
                    .hasMessageStartingWith("PIN-MEMORY-HEAP");
            assertThat(device.memory().snapshot().items()).allMatch(item -> item.bytes() == 0);
        }
    }

    @Test
    void weightsOfAClosedFileAreNotRead() {
        try (Device device = new ScalarDevice(DeviceOptions.defaults());
                Tensor x = device.allocate(1, 2);
                Tensor out = device.allocate(1, 3)) {
            WeightMatrix matrix;
            try (Arena file = Arena.ofShared()) {
                MemorySegment bytes = file.allocate(24);
                matrix = device.load(new TensorData("ffn_up", WeightFormats.F32, List.of(3L, 2L), bytes));
                device.ops().matmul(x, matrix, out);
            }
            try (matrix) {
                assertThatThrownBy(() -> device.ops().matmul(x, matrix, out)).isInstanceOf(EngineException.class)
                        .hasMessageStartingWith("PIN-OP-CLOSED").hasMessageContaining("ffn_up");
            }
        }
    }
}
