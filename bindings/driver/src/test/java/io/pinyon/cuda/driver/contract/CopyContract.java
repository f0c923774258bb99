/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

import io.pinyon.cuda.driver.CudaResult;
import org.junit.jupiter.api.Test;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Copies and fills. */
interface CopyContract extends GpuSupplier {
    @Test
    default void hostCopiesArriveUnchanged() {
        MemorySegment source = noise(100_003);
        long device = gpu().zeros(source.byteSize());
        MemorySegment target = gpu().arena().allocate(source.byteSize());

        cuda().copyToDevice(device, source);
        cuda().copyToHost(target, device);
        assertThat(target.mismatch(source)).isEqualTo(-1);

        // only what the segment covers, from where it begins
        cuda().copyToHost(target.asSlice(3, 5), device + 50);
        assertThat(target.asSlice(3, 5).mismatch(source.asSlice(50, 5))).isEqualTo(-1);
        assertThat(target.asSlice(8).mismatch(source.asSlice(8))).isEqualTo(-1);
    }

    @Test
    default void asynchronousCopiesFollowTheStream() {
        MemorySegment noise = noise(1 << 20);
        MemorySegment host = cuda().allocateHost(2L << 20, TestGpu.PORTABLE);
        try {
            MemorySegment source = host.asSlice(0, 1 << 20).copyFrom(noise);
            MemorySegment target = host.asSlice(1 << 20).fill((byte) 0);
            long first = gpu().zeros(1 << 20);
            long second = gpu().zeros(1 << 20);

            cuda().copyToDeviceAsync(first, source, gpu().stream());
            cuda().copyAsync(second, first, 1 << 20, gpu().stream());
            cuda().copyToHostAsync(target, second, gpu().stream());
            gpu().await();
            assertThat(target.mismatch(noise)).isEqualTo(-1);
        } finally {
            cuda().freeHost(host);
        }
    }

    @Test
    default void fillSetsEveryByteAndNoOther() {
        long device = gpu().zeros(64);

        cuda().fillAsync(device + 3, (byte) 0xF1, 7, gpu().stream());
        gpu().await();
        byte[] expected = new byte[64];
        Arrays.fill(expected, 3, 10, (byte) 0xF1);
        assertThat(gpu().bytes(device, 64).toArray(JAVA_BYTE)).isEqualTo(expected);
    }

    @Test
    default void defaultStreamIsZero() {
        long device = gpu().zeros(16);

        cuda().fillAsync(device, (byte) 1, 16, 0);
        cuda().synchronizeContext();
        assertThat(gpu().read(device, 1)).containsExactly(0x01010101);
    }

    @Test
    default void batchCopiesBetweenDeviceAndHost() {
        int bytes = 4096;
        MemorySegment noise = noise(3 * bytes);
        MemorySegment host = cuda().allocateHost(4L * bytes, TestGpu.PORTABLE);
        try {
            host.fill((byte) 0);
            MemorySegment.copy(noise, 0, host, 0, 3L * bytes);
            long from = gpu().zeros(bytes);
            cuda().copyToDevice(from, noise.asSlice(0, bytes));
            long to = gpu().zeros(2L * bytes);
            // host to device, device to device, device to host
            long[] targets = {to, to + bytes, host.address() + 3L * bytes};
            long[] sources = {host.address() + bytes, from, from};
            long[] sizes = {bytes, bytes - 1, bytes};
            if (!cuda().supportsBatchCopies()) {
                gpu().refused(CudaResult.NOT_SUPPORTED,
                        () -> cuda().copyBatchAsync(targets, sources, sizes, gpu().stream()));
                return;
            }
            cuda().copyBatchAsync(targets, sources, sizes, gpu().stream());
            gpu().await();

            MemorySegment result = gpu().bytes(to, 2L * bytes);
            assertThat(result.asSlice(0, bytes).mismatch(noise.asSlice(bytes, bytes))).isEqualTo(-1);
            assertThat(result.asSlice(bytes).mismatch(noise.asSlice(0, bytes))).isEqualTo(bytes - 1);
            assertThat(host.asSlice(3L * bytes).mismatch(noise.asSlice(0, bytes))).isEqualTo(-1);
        } finally {
            cuda().freeHost(host);
        }
    }

    @Test
    default void longBatchesArrive() {
        assumeTrue(cuda().supportsBatchCopies(), "the driver has no batch copies");
        int count = 1000;
        MemorySegment noise = noise(16 * count);
        long from = gpu().zeros(16L * count);
        long to = gpu().zeros(16L * count);
        cuda().copyToDevice(from, noise);
        long[] targets = new long[count];
        long[] sources = new long[count];
        long[] sizes = new long[count];
        for (int i = 0; i < count; i++) {
            targets[i] = to + 16L * (count - 1 - i);
            sources[i] = from + 16L * i;
            sizes[i] = 16;
        }

        cuda().copyBatchAsync(targets, sources, sizes, gpu().stream());
        gpu().await();
        MemorySegment result = gpu().bytes(to, 16L * count);
        for (int i = 0; i < count; i++) {
            assertThat(result.asSlice(16L * (count - 1 - i), 16).mismatch(noise.asSlice(16L * i, 16))).isEqualTo(-1);
        }
    }

    private MemorySegment noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(bytes).nextBytes(noise);
        // no byte is zero, so that what was not written shows
        for (int i = 0; i < bytes; i++) {
            noise[i] |= 1;
        }
        return gpu().arena().allocateFrom(JAVA_BYTE, noise);
    }
}
