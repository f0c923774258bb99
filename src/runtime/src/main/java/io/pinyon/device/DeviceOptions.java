/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

import io.pinyon.memory.MemoryBudget;

/**
 * How a device is opened.
 *
 * @param threads worker threads of a host device; empty for one per available processor
 * @param vectorBits lanes that the {@code cpu} device uses, 64 to 512; empty for the machine's preference
 * @param budget most bytes that the device may hold, by tier
 * @param compute what an accelerator computes products of many rows in; empty for its preference
 * @param cudaBridge the only bridge to the CUDA driver to try, for example {@code ffm}; empty for the best usable one
 * @param kvFile file for pages of keys and values that are to lie on disk; empty for no such pages
 * @param far how attention reads pages that lie elsewhere than in an accelerator's memory
 * @param groupBytes bytes of each of the two buffers through which such pages come back
 */
public record DeviceOptions(OptionalInt threads, OptionalInt vectorBits, MemoryBudget budget,
        Optional<Compute> compute, Optional<String> cudaBridge, Optional<Path> kvFile, FarAttention far,
        long groupBytes) {
    /** Everything chosen by the device, no limits, and no page file. */
    public static DeviceOptions defaults() {
        return new DeviceOptions(OptionalInt.empty(), OptionalInt.empty(), MemoryBudget.NONE, Optional.empty(),
                Optional.empty(), Optional.empty(), FarAttention.AUTO, KvTiers.DEFAULT_GROUP_BYTES);
    }

    /** The same with another number of threads. */
    public DeviceOptions withThreads(int count) {
        return new DeviceOptions(OptionalInt.of(count), vectorBits, budget, compute, cudaBridge, kvFile, far,
                groupBytes);
    }

    /** The same with another vector width. */
    public DeviceOptions withVectorBits(int bits) {
        return new DeviceOptions(threads, OptionalInt.of(bits), budget, compute, cudaBridge, kvFile, far, groupBytes);
    }

    /** The same with other limits. */
    public DeviceOptions withBudget(MemoryBudget limits) {
        return new DeviceOptions(threads, vectorBits, limits, compute, cudaBridge, kvFile, far, groupBytes);
    }

    /** The same with another limit for the device's own memory. */
    public DeviceOptions withMemoryLimit(long bytes) {
        return withBudget(budget.withDevice(bytes));
    }

    /** The same with another precision. */
    public DeviceOptions withCompute(Compute precision) {
        return new DeviceOptions(threads, vectorBits, budget, Optional.of(precision), cudaBridge, kvFile, far,
                groupBytes);
    }

    /** The same with another bridge. */
    public DeviceOptions withCudaBridge(String name) {
        return new DeviceOptions(threads, vectorBits, budget, compute, Optional.of(name), kvFile, far, groupBytes);
    }

    /** The same with another page file. */
    public DeviceOptions withKvFile(Path file) {
        return new DeviceOptions(threads, vectorBits, budget, compute, cudaBridge, Optional.of(file), far, groupBytes);
    }

    /** The same with another way to read pages that lie elsewhere. */
    public DeviceOptions withFarAttention(FarAttention way) {
        return new DeviceOptions(threads, vectorBits, budget, compute, cudaBridge, kvFile, way, groupBytes);
    }

    /** The same with other buffers for pages that come back. */
    public DeviceOptions withGroupBytes(long bytes) {
        return new DeviceOptions(threads, vectorBits, budget, compute, cudaBridge, kvFile, far, bytes);
    }
}
