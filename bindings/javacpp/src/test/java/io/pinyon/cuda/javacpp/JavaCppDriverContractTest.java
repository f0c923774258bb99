/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.contract.CudaDriverContract;
import io.pinyon.cuda.driver.contract.UsableDriver;

class JavaCppDriverContractTest extends CudaDriverContract {
    @Override
    protected CudaDriver driver() {
        return UsableDriver.of(new JavaCppDriverProvider());
    }
}
