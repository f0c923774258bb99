/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver.contract;

import io.pinyon.cuda.driver.CudaDriver;
import io.pinyon.cuda.driver.CudaDriverProvider;
import io.pinyon.cuda.driver.CudaDriverProvider.Probe;
import org.opentest4j.TestAbortedException;

/** The one place that decides whether tests of tag {@code gpu} run. */
public final class UsableDriver {
    private UsableDriver() {}

    /** The driver of a bridge; without a usable one the test is skipped. */
    public static CudaDriver of(CudaDriverProvider provider) {
        return switch (provider.probe()) {
            case Probe.Usable usable -> usable.driver();
            case Probe.NotUsable no -> throw new TestAbortedException(
                    "no usable CUDA driver: " + no.reason() + " (" + no.remedy() + ")");
        };
    }
}
