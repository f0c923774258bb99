/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.jcuda;

import io.pinyon.cuda.driver.CudaDriverProvider.Probe;

/** Says why the library could not be loaded. Refers to no class of it. */
final class LoadFailure {
    private LoadFailure() {}

    static Probe.NotUsable explain(Throwable failure) {
        // JCuda writes the traces of all its attempts into one message.
        String message = String.valueOf(failure.getMessage());
        if (message.contains("libcuda.so.1: cannot open")) {
            return new Probe.NotUsable("there is no NVIDIA driver: libcuda.so.1 is not found",
                    "install the NVIDIA driver, or add its folder to LD_LIBRARY_PATH");
        }
        if (message.contains("No resource found with name")) {
            return new Probe.NotUsable("the native libraries of org.jcuda:jcuda are missing for this platform",
                    "add org.jcuda:jcuda-natives with the classifier of the platform, for example linux-x86_64");
        }
        if (failure instanceof NoClassDefFoundError
                && !(failure.getCause() instanceof ExceptionInInitializerError)) {
            return new Probe.NotUsable("org.jcuda:jcuda is not there (" + message + ")",
                    "add org.jcuda:jcuda 12.6.0 to the class path, or to the module path with --add-modules jcuda");
        }
        return new Probe.NotUsable("org.jcuda:jcuda cannot be loaded: " + failure,
                "use org.jcuda:jcuda 12.6.0 with natives of the same version, and allow native access");
    }
}
