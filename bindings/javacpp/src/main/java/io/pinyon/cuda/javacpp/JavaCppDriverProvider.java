/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import io.pinyon.cuda.driver.CudaDriverProvider;

/** Offers the CUDA driver through {@code org.bytedeco:cuda}, if that library is there. */
public final class JavaCppDriverProvider implements CudaDriverProvider {
    @Override
    public String name() {
        return JavaCppDriver.NAME;
    }

    @Override
    public int priority() {
        return 50;
    }

    @Override
    public Probe probe() {
        if (Library.FAILURE.isPresent()) {
            return Library.FAILURE.get();
        }
        try {
            return JavaCppDriver.open();
        } catch (LinkageError | RuntimeException e) {
            return LoadFailure.explain(e);
        }
    }
}
