/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.contract.OpsContract;
import org.junit.jupiter.api.BeforeEach;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The contract at one vector width, where the machine has it. */
abstract class CpuOpsContract extends OpsContract {
    private final int bits;

    CpuOpsContract(int bits) {
        this.bits = bits;
    }

    @BeforeEach
    void machineIsWideEnough() {
        assumeTrue(bits <= VectorWidth.most(), () -> "this machine has no vectors of " + bits + " bits");
    }

    @Override
    public Device open(DeviceOptions options) {
        return new CpuDeviceProvider().open(0, options.withVectorBits(bits));
    }
}
