/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;

import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.LaunchShape;
import org.junit.jupiter.api.Test;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Launches. */
interface LaunchContract extends GpuSupplier {
    int HOPPER = 9;

    @Test
    default void parametersOfAnyAlignmentArriveUnchanged() {
        byte[] structure = new byte[64];
        new Random(64).nextBytes(structure);
        long out = gpu().zeros(136);

        gpu().launch("mixed", 1, 1, out, (byte) 0x91, (short) 0xA2B3, (byte) 0x7C, 0xDEADBEEF, (byte) 0x45, Math.PI,
                -1.5f, 0x0123456789ABCDEFL, structure, (byte) 0xE7, 0x1A2B3C4D);
        gpu().await();
        ByteBuffer expected = ByteBuffer.allocate(136).order(ByteOrder.LITTLE_ENDIAN);
        expected.put(0, (byte) 0x91).putShort(8, (short) 0xA2B3).put(16, (byte) 0x7C).putInt(24, 0xDEADBEEF)
                .put(32, (byte) 0x45).putDouble(40, Math.PI).putFloat(48, -1.5f).putLong(56, 0x0123456789ABCDEFL)
                .put(64, structure).put(128, (byte) 0xE7).putInt(132, 0x1A2B3C4D);
        assertThat(gpu().bytes(out, 136).toArray(JAVA_BYTE)).isEqualTo(expected.array());
    }

    @Test
    default void kernelWithoutParametersIsLaunched() {
        gpu().launch("nothing", 1, 32);
        gpu().await();
    }

    @Test
    default void parametersMayChangeAfterTheLaunch() {
        long x = gpu().zeros(4);
        long y = gpu().zeros(4);
        MemorySegment parameters = Parameters.pack(gpu().arena(), x, 1, 100_000_000L);
        cuda().launch(gpu().kernel("slow_set"), LaunchShape.of(1, 1, 1, 1, 0), gpu().stream(), parameters);
        parameters.copyFrom(Parameters.pack(gpu().arena(), y, 2, 0L));
        cuda().launch(gpu().kernel("slow_set"), LaunchShape.of(1, 1, 1, 1, 0), gpu().stream(), parameters);
        parameters.fill((byte) -1);
        gpu().await();

        assertThat(gpu().read(x, 1)).containsExactly(1);
        assertThat(gpu().read(y, 1)).containsExactly(2);
    }

    @Test
    default void gridAndBlockHaveThreeDimensions() {
        long out = gpu().zeros(24);

        cuda().launch(gpu().kernel("shape"), new LaunchShape(2, 3, 4, 5, 6, 7, 0, 1, false), gpu().stream(),
                Parameters.pack(gpu().arena(), out));
        gpu().await();
        assertThat(gpu().read(out, 6)).containsExactly(2, 3, 4, 5, 6, 7);
    }

    @Test
    default void impossibleShapeIsRefusedAndHarmless() {
        gpu().refused(TestGpu.INVALID_VALUE, () -> gpu().launch("nothing", 1, 2048));
        gpu().refused(TestGpu.INVALID_VALUE, () -> gpu().launch("nothing", 0, 1));

        gpu().launch("nothing", 1, 1);
        gpu().await();
    }

    @Test
    default void attributesAreRefusedOnlyWhereThereAreNone() {
        assumeTrue(!cuda().supportsLaunchAttributes(), "the driver takes launch attributes");
        gpu().refused(CudaResult.NOT_SUPPORTED, () -> cuda().launch(gpu().kernel("nothing"),
                new LaunchShape(2, 1, 1, 1, 1, 1, 0, 2, true), gpu().stream(), Parameters.pack(gpu().arena())));
    }

    @Test
    default void blocksOfAClusterKnowEachOther() {
        long module = clusters();
        long out = gpu().zeros(64);

        cuda().launch(cuda().function(module, "ranks"), new LaunchShape(8, 1, 1, 1, 1, 1, 0, 4, false), gpu().stream(),
                Parameters.pack(gpu().arena(), out));
        gpu().await();
        assertThat(gpu().read(out, 16)).containsExactly(0, 4, 1, 4, 2, 4, 3, 4, 0, 4, 1, 4, 2, 4, 3, 4);
        cuda().unloadModule(module);
    }

    @Test
    default void overlappingLaunchWaitsByItself() {
        long module = clusters();
        long x = gpu().ints(7);
        long out = gpu().ints(0, 0);
        LaunchShape first = LaunchShape.of(1, 1, 1, 1, 0);
        LaunchShape overlapping = new LaunchShape(2, 1, 1, 1, 1, 1, 0, 2, true);
        MemorySegment set = Parameters.pack(gpu().arena(), x, 42, 50_000_000L);
        MemorySegment copy = Parameters.pack(gpu().arena(), out, x);
        long early = cuda().function(module, "early_set");
        long late = cuda().function(module, "late_copy");
        // loads both kernels, so that the second is launched while the first runs
        cuda().launch(late, first, gpu().stream(), copy);
        cuda().launch(early, first, gpu().stream(), Parameters.pack(gpu().arena(), x, 7, 0L));
        gpu().await();

        cuda().launch(early, first, gpu().stream(), set);
        cuda().launch(late, overlapping, gpu().stream(), copy);
        gpu().await();
        // it saw the old value because it had started before the first ended, and copied the new one
        assertThat(gpu().read(out, 2)).containsExactly(42, 7);
        cuda().unloadModule(module);
    }

    private long clusters() {
        assumeTrue(cuda().supportsLaunchAttributes(), "the driver takes no launch attributes");
        assumeTrue(gpu().capability() >= HOPPER, "the device has no clusters");
        return cuda().loadModule(gpu().image("clusters.ptx"));
    }
}
