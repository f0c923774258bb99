/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a device is opened.
 *
 * @param threads worker threads of a host device; empty for one per available processor
 * @param vectorBits lanes that the {@code cpu} device uses, 64 to 512; empty for the machine's preference
 * @param memoryLimit most bytes that the device may hold; empty for no limit
 * @param compute what an accelerator computes products of many rows in; empty for its preference
 * @param cudaBridge the only bridge to the CUDA driver to try, for example {@code ffm}; empty for the best usable one
 */
public record DeviceOptions(OptionalInt threads, OptionalInt vectorBits, OptionalLong memoryLimit,
        Optional<Compute> compute, Optional<String> cudaBridge) {
    /** Everything chosen by the device. */
    public static DeviceOptions defaults() {
        return new DeviceOptions(OptionalInt.empty(), OptionalInt.empty(), OptionalLong.empty(), Optional.empty(),
                Optional.empty());
    }

    /** The same with another number of threads. */
    public DeviceOptions withThreads(int count) {
        return new DeviceOptions(OptionalInt.of(count), vectorBits, memoryLimit, compute, cudaBridge);
    }

    /** The same with another vector width. */
    public DeviceOptions withVectorBits(int bits) {
        return new DeviceOptions(threads, OptionalInt.of(bits), memoryLimit, compute, cudaBridge);
    }

    /** The same with a memory limit. */
    public DeviceOptions withMemoryLimit(long bytes) {
        return new DeviceOptions(threads, vectorBits, OptionalLong.of(bytes), compute, cudaBridge);
    }

    /** The same with another precision. */
    public DeviceOptions withCompute(Compute precision) {
        return new DeviceOptions(threads, vectorBits, memoryLimit, Optional.of(precision), cudaBridge);
    }

    /** The same with another bridge. */
    public DeviceOptions withCudaBridge(String name) {
        return new DeviceOptions(threads, vectorBits, memoryLimit, compute, Optional.of(name));
    }
}
