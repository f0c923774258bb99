/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import java.util.List;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.DeviceProvider;
import io.pinyon.device.Workload;
import io.pinyon.device.host.HostPlan;
import io.pinyon.error.DeviceException;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Tier;

/** Offers the {@link ScalarDevice}, which every machine has once. */
public final class ScalarDeviceProvider implements DeviceProvider {
    @Override
    public String kind() {
        return "scalar";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public List<Availability> probe() {
        return List.of(new Availability.Usable(ScalarDevice.describe(DeviceOptions.defaults())));
    }

    @Override
    public Device open(int index, DeviceOptions options) {
        if (index != 0) {
            throw new DeviceException("PIN-DEVICE-UNUSABLE", "there is no device scalar:" + index, "use scalar");
        }
        return new ScalarDevice(options);
    }

    @Override
    public Tier tier() {
        return Tier.HOST;
    }

    @Override
    public MemoryPlan plan(Workload work, DeviceOptions options) {
        return HostPlan.of(work, 0);
    }
}
