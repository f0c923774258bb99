/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

/** A call of the CUDA driver that failed. */
public final class CudaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;
    private final String call;

    /**
     * @param code the driver's CUresult, not 0
     * @param name the driver's name of it, for example {@code CUDA_ERROR_OUT_OF_MEMORY}
     * @param text the driver's sentence about it
     * @param call which function failed, for example {@code cuMemAlloc_v2}
     */
    public CudaException(int code, String name, String text, String call) {
        super(call + ": " + name + " (" + code + "), " + text);
        this.code = code;
        this.call = call;
    }

    /** The driver's CUresult. */
    public int code() {
        return code;
    }

    /** The function that failed. */
    public String call() {
        return call;
    }

    /** Whether memory was missing and nothing else is wrong. */
    public boolean outOfMemory() {
        return code == CudaResult.OUT_OF_MEMORY;
    }

    /** Whether there is no code in the image for this device. */
    public boolean noKernelForDevice() {
        return code == CudaResult.NO_BINARY_FOR_GPU || code == CudaResult.UNSUPPORTED_PTX_VERSION;
    }

    /**
     * Whether the context is lost: a kernel has faulted or hung, and every later call fails too, in this process perhaps
     * for good.
     */
    public boolean sticky() {
        return CudaResult.isSticky(code);
    }
}
