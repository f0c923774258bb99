/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.Compute;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.contract.FarContract;
import io.pinyon.device.contract.GpuTest;

@GpuTest
class CudaFarTest implements FarContract {
    @Override
    public Device open(DeviceOptions options) {
        return new CudaDeviceProvider().open(0, options.withCompute(Compute.F32));
    }
}
