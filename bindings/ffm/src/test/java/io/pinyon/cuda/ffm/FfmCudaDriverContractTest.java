/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.ffm;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.contract.CudaDriverContract;
import io.pinyon.cuda.driver.contract.UsableDriver;

class FfmCudaDriverContractTest extends CudaDriverContract {
    @Override
    protected CudaDriver driver() {
        return UsableDriver.of(new FfmCudaDriverProvider());
    }
}
