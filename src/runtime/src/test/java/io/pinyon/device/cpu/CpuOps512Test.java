/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

class CpuOps512Test extends CpuOpsContract {
    CpuOps512Test() {
        super(512);
    }
}
