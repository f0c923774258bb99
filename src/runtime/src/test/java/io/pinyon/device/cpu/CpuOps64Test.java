/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

class CpuOps64Test extends CpuOpsContract {
    CpuOps64Test() {
        super(64);
    }
}
