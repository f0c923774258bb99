/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

class CpuOps128Test extends CpuOpsContract {
    CpuOps128Test() {
        super(128);
    }
}
