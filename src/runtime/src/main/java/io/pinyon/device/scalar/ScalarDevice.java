/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import io.pinyon.device.DeviceInfo;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.Ops;
import io.pinyon.device.host.HostDevice;
import io.pinyon.device.host.HostMemory;

/** Plain Java on one thread: slow, and right. */
public final class ScalarDevice extends HostDevice {
    private final Ops ops = new ScalarOps();

    /**
     * @param options only the memory limit matters
     */
    public ScalarDevice(DeviceOptions options) {
        super(describe(options), options);
    }

    static DeviceInfo describe(DeviceOptions options) {
        return new DeviceInfo("scalar", "plain Java, 1 thread", HostMemory.available(options));
    }

    @Override
    public Ops ops() {
        return ops;
    }

    @Override
    protected void shutdown() {}
}
