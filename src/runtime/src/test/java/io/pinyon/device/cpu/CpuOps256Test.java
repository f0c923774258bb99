/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

class CpuOps256Test extends CpuOpsContract {
    CpuOps256Test() {
        super(256);
    }
}
