/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.lang.management.ManagementFactory;

import io.pinyon.device.DeviceOptions;
import io.pinyon.memory.Tier;

/** The memory of the machine, or of the container that this process runs in. */
public final class HostMemory {
    private HostMemory() {}

    /** Bytes that a host device could use at most. */
    public static long available(DeviceOptions options) {
        return Math.min(options.budget().limits(Tier.HOST).getOrDefault(Tier.HOST, Long.MAX_VALUE), total());
    }

    /** All bytes; the maximum size of the Java heap where the JVM does not tell. */
    public static long total() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        return system instanceof com.sun.management.OperatingSystemMXBean jdk
                ? jdk.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }
}
