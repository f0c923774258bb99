/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import io.pinyon.cuda.driver.CudaDriver;

/** What the parts of the contract work on. */
interface GpuSupplier {
    /** The device of this test. */
    TestGpu gpu();

    /** The bridge under test. */
    default CudaDriver cuda() {
        return gpu().driver();
    }
}
