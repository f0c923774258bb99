/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.jcuda;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaException;
import io.pinyon.cuda.driver.CudaResult;
import io.pinyon.cuda.driver.contract.CudaDriverContract;
import io.pinyon.cuda.driver.contract.UsableDriver;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The contract, but for the calls that JCuda does not have. */
class JCudaDriverContractTest extends CudaDriverContract {
    @Override
    protected CudaDriver driver() {
        return UsableDriver.of(new JCudaDriverProvider());
    }

    @Test
    @Override
    public void driverSaysWhatItIs() {
        CudaDriver driver = driver();
        assertThat(driver.bridge()).isEqualTo("jcuda");
        assertThat(driver.driverVersion()).isBetween(12_000, 99_990);
        assertThat(driver.supportsLaunchAttributes()).isFalse();
        assertThat(driver.supportsTensorMaps()).isFalse();
        assertThat(driver.supportsBatchCopies()).isFalse();
    }

    @Test
    @Override
    public void graphTakesParametersOfOneOfTheSameShape() {
        assertThatThrownBy(() -> driver().updateGraph(0, 0))
                .isInstanceOfSatisfying(CudaException.class,
                        e -> assertThat(e.code()).isEqualTo(CudaResult.NOT_SUPPORTED));
    }
}
