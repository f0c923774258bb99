/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.DeviceProvider;
import io.pinyon.device.Workload;
import io.pinyon.device.host.HostPlan;
import io.pinyon.error.DeviceException;
import io.pinyon.error.UsageException;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Tier;

/**
 * Offers the processor's vector units. The Vector API is an incubating module that a program must ask for by a flag; this
 * class uses none of it, so that it can say so.
 */
public final class CpuDeviceProvider implements DeviceProvider {
    private static final String MODULE = "jdk.incubator.vector";
    private static final String REASON = "the module of the Vector API is not there";
    private static final String REMEDY = "start Java with --add-modules " + MODULE;

    @Override
    public String kind() {
        return "cpu";
    }

    @Override
    public int priority() {
        return 10;
    }

    @Override
    public List<Availability> probe() {
        if (!hasVectorApi()) {
            return List.of(new Availability.NotUsable("cpu", REASON, REMEDY));
        }
        DeviceOptions options = DeviceOptions.defaults();
        return List.of(new Availability.Usable(
                CpuDevice.describe(options, VectorWidth.preferred(), threads(options))));
    }

    @Override
    public Device open(int index, DeviceOptions options) {
        if (index != 0) {
            throw new DeviceException("PIN-DEVICE-UNUSABLE", "there is no device cpu:" + index, "use cpu");
        }
        requireVectorApi();
        return new CpuDevice(options, VectorWidth.choose(options), threads(options));
    }

    @Override
    public Tier tier() {
        return Tier.HOST;
    }

    @Override
    public MemoryPlan plan(Workload work, DeviceOptions options) {
        requireVectorApi();
        return HostPlan.of(work, CpuPlan.scratchBytes(work, VectorWidth.choose(options), threads(options)));
    }

    private static void requireVectorApi() {
        if (!hasVectorApi()) {
            throw new DeviceException("PIN-DEVICE-UNUSABLE", "device cpu is not usable: " + REASON, REMEDY);
        }
    }

    private static boolean hasVectorApi() {
        return ModuleLayer.boot().findModule(MODULE).isPresent();
    }

    /** The JVM counts processors as its container may use them. */
    private static int threads(DeviceOptions options) {
        int threads = options.threads().orElse(Runtime.getRuntime().availableProcessors());
        if (threads < 1) {
            throw new UsageException("PIN-DEVICE-THREADS", threads + " threads", "use at least 1");
        }
        return threads;
    }
}
