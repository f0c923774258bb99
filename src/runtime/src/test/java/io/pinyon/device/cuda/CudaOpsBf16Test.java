/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.Compute;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.contract.GpuTest;
import io.pinyon.device.contract.OpsContract;

@GpuTest
class CudaOpsBf16Test extends OpsContract {
    @Override
    public Compute compute() {
        return Compute.BF16;
    }

    @Override
    public Device open(DeviceOptions options) {
        return new CudaDeviceProvider().open(0, options.withCompute(Compute.BF16));
    }
}
