/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.cuda.driver.CudaDriver;

/**
 * What launches depend on.
 *
 * @param ordinal index among the driver's devices
 * @param name the product
 * @param major compute capability before the dot
 * @param minor compute capability behind the dot
 * @param multiprocessors streaming multiprocessors
 * @param sharedBytes most shared memory that a block can opt in to
 * @param l2Bytes second-level cache
 * @param memoryBytes device memory
 */
record GpuFacts(int ordinal, String name, int major, int minor, int multiprocessors, int sharedBytes, int l2Bytes,
        long memoryBytes) {
    private static final int MULTIPROCESSOR_COUNT = 16;
    private static final int L2_CACHE_SIZE = 38;
    private static final int COMPUTE_CAPABILITY_MAJOR = 75;
    private static final int COMPUTE_CAPABILITY_MINOR = 76;
    private static final int MAX_SHARED_MEMORY_PER_BLOCK_OPTIN = 97;

    static GpuFacts of(CudaDriver driver, int ordinal) {
        return new GpuFacts(ordinal, driver.deviceName(ordinal),
                driver.deviceAttribute(ordinal, COMPUTE_CAPABILITY_MAJOR),
                driver.deviceAttribute(ordinal, COMPUTE_CAPABILITY_MINOR),
                driver.deviceAttribute(ordinal, MULTIPROCESSOR_COUNT),
                driver.deviceAttribute(ordinal, MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                driver.deviceAttribute(ordinal, L2_CACHE_SIZE), driver.deviceMemory(ordinal));
    }

    /** For example {@code 9.0}. */
    String capability() {
        return major + "." + minor;
    }
}
