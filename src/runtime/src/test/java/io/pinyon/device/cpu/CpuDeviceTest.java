/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.contract.DeviceContract;

class CpuDeviceTest extends DeviceContract {
    @Override
    public Device open(DeviceOptions options) {
        return new CpuDeviceProvider().open(0, options);
    }
}
