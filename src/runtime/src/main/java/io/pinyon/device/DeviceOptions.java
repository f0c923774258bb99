/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How a device is opened.
 *
 * @param threads worker threads of a host device; empty for one per available processor
 * @param vectorBits lanes that the {@code cpu} device uses, 64 to 512; empty for the machine's preference
 * @param memoryLimit most bytes that the device may hold; empty for no limit
 */
public record DeviceOptions(OptionalInt threads, OptionalInt vectorBits, OptionalLong memoryLimit) {
    /** Everything chosen by the device. */
    public static DeviceOptions defaults() {
        return new DeviceOptions(OptionalInt.empty(), OptionalInt.empty(), OptionalLong.empty());
    }

    /** The same with another number of threads. */
    public DeviceOptions withThreads(int count) {
        return new DeviceOptions(OptionalInt.of(count), vectorBits, memoryLimit);
    }

    /** The same with another vector width. */
    public DeviceOptions withVectorBits(int bits) {
        return new DeviceOptions(threads, OptionalInt.of(bits), memoryLimit);
    }

    /** The same with a memory limit. */
    public DeviceOptions withMemoryLimit(long bytes) {
        return new DeviceOptions(threads, vectorBits, OptionalLong.of(bytes));
    }
}
