/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import io.pinyon.device.Compute;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;

/** The device that a contract is about. */
public interface DeviceSupplier {
    /** Opens a fresh one; the test closes it. */
    Device open(DeviceOptions options);

    /** What it computes products of many rows in. */
    default Compute compute() {
        return Compute.F32;
    }

    /** A fresh one for a test. */
    default Lab lab() {
        return new Lab(open(DeviceOptions.defaults()), compute());
    }
}
