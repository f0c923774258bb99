/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.jcuda;

import io.pinyon.cuda.driver.CudaDriverProvider;

/** Offers the CUDA driver through {@code org.jcuda:jcuda}, if that library is there. */
public final class JCudaDriverProvider implements CudaDriverProvider {
    @Override
    public String name() {
        return JCudaBridge.NAME;
    }

    @Override
    public int priority() {
        return 40;
    }

    @Override
    public Probe probe() {
        if (Library.FAILURE.isPresent()) {
            return Library.FAILURE.get();
        }
        try {
            return JCudaBridge.open();
        } catch (LinkageError | RuntimeException e) {
            return LoadFailure.explain(e);
        }
    }
}
