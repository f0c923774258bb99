/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.lang.foreign.MemorySegment;
import java.util.List;

import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.TensorMapShape;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Tensor maps. */
interface TensorMapContract extends GpuSupplier {
    int BFLOAT16 = 9;
    int SWIZZLE_128 = 3;
    int L2_256 = 3;

    @Test
    default void tensorMapIsEncoded() {
        assumeMaps();
        MemorySegment map = map();
        MemorySegment other = map();
        long x = gpu().zeros(1 << 20);

        cuda().encodeTensorMap(map, shape(x, 64));
        cuda().encodeTensorMap(other, shape(x, 64));
        assertThat(map.mismatch(map())).as("something is written").isNotEqualTo(-1);
        assertThat(map.mismatch(other)).as("the same each time").isEqualTo(-1);
        cuda().encodeTensorMap(other, shape(x, 32));
        assertThat(map.mismatch(other)).as("another box").isNotEqualTo(-1);
        cuda().encodeTensorMap(other, shape(x + 256, 64));
        assertThat(map.mismatch(other)).as("another address").isNotEqualTo(-1);
    }

    @Test
    default void tensorMapsHaveOneToFiveDimensions() {
        assumeMaps();
        long x = gpu().zeros(1 << 20);
        cuda().encodeTensorMap(map(),
                new TensorMapShape(BFLOAT16, x, List.of(64L), List.of(), List.of(64), 0, 0, true));
        cuda().encodeTensorMap(map(), new TensorMapShape(BFLOAT16, x, List.of(64L, 4L, 4L, 4L, 4L),
                List.of(128L, 512L, 2048L, 8192L), List.of(64, 1, 2, 1, 2), SWIZZLE_128, L2_256, false));
    }

    @Test
    default void badTensorMapIsRefused() {
        assumeMaps();
        long x = gpu().zeros(1 << 20);

        gpu().refused(TestGpu.INVALID_VALUE, () -> cuda().encodeTensorMap(map(), shape(x + 8, 64)));
        gpu().refused(TestGpu.INVALID_VALUE, () -> cuda().encodeTensorMap(map(), shape(x, 257)));
        gpu().refused(TestGpu.INVALID_VALUE, () -> cuda().encodeTensorMap(map(),
                new TensorMapShape(BFLOAT16, x, List.of(64L, 64L), List.of(130L), List.of(64, 8), 0, 0, false)));
    }

    @Test
    default void tensorMapIsRefusedWhereThereAreNone() {
        assumeTrue(!cuda().supportsTensorMaps(), "the driver has tensor maps");
        gpu().refused(CudaResult.NOT_SUPPORTED, () -> cuda().encodeTensorMap(map(), shape(gpu().zeros(1 << 20), 64)));
    }

    private void assumeMaps() {
        assumeTrue(cuda().supportsTensorMaps(), "the driver has no tensor maps");
        assumeTrue(gpu().capability() >= LaunchContract.HOPPER, "the device has no tensor maps");
    }

    private MemorySegment map() {
        return gpu().arena().allocate(128, 64);
    }

    private static TensorMapShape shape(long address, int rows) {
        return new TensorMapShape(BFLOAT16, address, List.of(512L, 512L), List.of(1024L), List.of(64, rows),
                SWIZZLE_128, L2_256, false);
    }
}
