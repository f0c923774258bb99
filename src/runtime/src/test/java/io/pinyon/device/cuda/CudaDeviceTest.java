/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.contract.DeviceContract;
import io.pinyon.device.contract.GpuTest;

@GpuTest
class CudaDeviceTest extends DeviceContract {
    @Override
    public Device open(DeviceOptions options) {
        return new CudaDeviceProvider().open(0, options);
    }
}
