/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.javacpp;

import io.pinyon.cuda.driver.CudaDriverProvider.Probe;

/** Says why the library could not be loaded. Refers to no class of it. */
final class LoadFailure {
    private LoadFailure() {}

    static Probe.NotUsable explain(Throwable failure) {
        String messages = messages(failure);
        // The loader of a shared library names the first one that is missing; the driver comes before the runtime.
        if (messages.contains("libcuda.so.1: cannot open")) {
            return new Probe.NotUsable("there is no NVIDIA driver: libcuda.so.1 is not found",
                    "install the NVIDIA driver, or add its folder to LD_LIBRARY_PATH");
        }
        if (messages.contains("libcudart.so")) {
            return new Probe.NotUsable(
                    "the CUDA runtime library that org.bytedeco:cuda is linked with is not found (libcudart.so.13)",
                    "install CUDA 13 and add its lib64 to LD_LIBRARY_PATH, or use the bridge ffm, which needs none");
        }
        if (messages.contains("in java.library.path")) {
            return new Probe.NotUsable("the native libraries of org.bytedeco:cuda are missing for this platform",
                    "add org.bytedeco:cuda and org.bytedeco:javacpp also with the classifier of the platform, for "
                            + "example linux-x86_64");
        }
        if (isMissingClass(failure)) {
            return new Probe.NotUsable("org.bytedeco:cuda is not there (" + failure.getMessage() + ")",
                    "add org.bytedeco:cuda 13.3 to the class path, or to the module path with "
                            + "--add-modules org.bytedeco.cuda");
        }
        return new Probe.NotUsable("org.bytedeco:cuda cannot be loaded: " + messages,
                "use org.bytedeco:cuda 13.3 with natives of the same version, and allow native access");
    }

    private static String messages(Throwable failure) {
        var text = new StringBuilder(failure.toString());
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            text.append("; ").append(cause);
        }
        return text.toString();
    }

    /** A class whose initialisation failed once is reported by the same error, but then with that failure as its cause. */
    private static boolean isMissingClass(Throwable failure) {
        return failure instanceof NoClassDefFoundError
                && !(failure.getCause() instanceof ExceptionInInitializerError);
    }
}
