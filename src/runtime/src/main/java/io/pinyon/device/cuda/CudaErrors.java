/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.cuda.driver.CudaException;
import io.pinyon.error.DeviceException;
import io.pinyon.error.PinyonException;

/** Says what failed calls of the driver mean to a user. */
final class CudaErrors {
    private CudaErrors() {}

    /** A failed call as one of the library's errors. */
    static PinyonException translate(CudaException e) {
        if (e.sticky()) {
            return new DeviceException("PIN-CUDA-FAULT", "the GPU's context is lost: " + e.getMessage(),
                    "close the models on this device and load them again", e);
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
