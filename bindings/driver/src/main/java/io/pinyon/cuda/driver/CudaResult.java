/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

import java.util.Set;

/** Values of the driver's CUresult that callers tell apart (CUDA driver API reference, "Data types used by CUDA driver"). */
public final class CudaResult {
    /** The call did what it should. */
    public static final int SUCCESS = 0;
    /** A parameter is out of range. */
    public static final int INVALID_VALUE = 1;
    /** There is not enough memory. */
    public static final int OUT_OF_MEMORY = 2;
    /** {@code cuInit} was not called. */
    public static final int NOT_INITIALIZED = 3;
    /** There is no device. */
    public static final int NO_DEVICE = 100;
    /** No context is current, or it was destroyed. */
    public static final int INVALID_CONTEXT = 201;
    /** The image has no code for this device. */
    public static final int NO_BINARY_FOR_GPU = 209;
    /** The image's PTX is newer than the driver. */
    public static final int UNSUPPORTED_PTX_VERSION = 222;
    /** The handle is not one. */
    public static final int INVALID_HANDLE = 400;
    /** A named symbol is not in the image. */
    public static final int NOT_FOUND = 500;
    /** Work is still running; not an error. */
    public static final int NOT_READY = 600;
    /** A kernel touched memory that is not its own. */
    public static final int ILLEGAL_ADDRESS = 700;
    /** The context was destroyed. */
    public static final int CONTEXT_IS_DESTROYED = 709;
    /** The operation is not allowed while a stream is captured. */
    public static final int STREAM_CAPTURE_UNSUPPORTED = 900;
    /** The driver or device does not have the function. */
    public static final int NOT_SUPPORTED = 801;

    // ECC_UNCORRECTABLE, HARDWARE_STACK_ERROR, ILLEGAL_INSTRUCTION, MISALIGNED_ADDRESS, INVALID_ADDRESS_SPACE,
    // INVALID_PC, LAUNCH_FAILED, LAUNCH_TIMEOUT, ASSERT, EXTERNAL_DEVICE, TENSOR_MEMORY_LEAK
    private static final Set<Integer> STICKY = Set.of(214, ILLEGAL_ADDRESS, 702, CONTEXT_IS_DESTROYED, 710, 714, 715,
            716, 717, 718, 719, 720, 721, 999);

    private CudaResult() {}

    static boolean isSticky(int code) {
        return STICKY.contains(code);
    }
}
