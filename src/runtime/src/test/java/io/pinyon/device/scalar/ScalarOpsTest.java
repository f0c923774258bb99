/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.contract.OpsContract;

class ScalarOpsTest extends OpsContract {
    @Override
    public Device open(DeviceOptions options) {
        return new ScalarDevice(options);
    }
}
