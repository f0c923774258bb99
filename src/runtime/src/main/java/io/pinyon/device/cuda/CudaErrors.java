/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.error.DeviceException;
import io.pinyon.error.PinyonException;

/** Says what failed calls of the driver mean to a user. */
final class CudaErrors {
    private static final String REMEDY = "restart this process: the driver lets it use no GPU any more";

    private CudaErrors() {}

    /** What every call says after a fault. */
    static DeviceException lost(GpuFacts gpu) {
        return new DeviceException("PIN-CUDA-FAULT", "a kernel has faulted on " + gpu.name()
                + ", and with it all that this process had there is lost", REMEDY);
    }

    /** A failed call as one of the library's errors. */
    static PinyonException translate(CudaException e) {
        if (e.sticky()) {
            return new DeviceException("PIN-CUDA-FAULT", "the GPU's context is lost: " + e.getMessage(),
                    REMEDY, e);
        }
        if (e.noKernelForDevice()) {
            return new DeviceException("PIN-CUDA-KERNELS",
                    "the installed kernels have no code for this GPU: " + e.getMessage(),
                    "install kernels built for its compute capability, or use --device cpu", e);
        }
        return new DeviceException("PIN-CUDA-CALL", e.getMessage(),
                "this is a defect or a driver problem; please report it", e);
    }
}
