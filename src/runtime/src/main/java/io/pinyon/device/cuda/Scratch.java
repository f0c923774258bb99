/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

/**
 * Device memory that ops use while they run, one buffer for each use.
 *
 * <p>What is recorded keeps using a buffer's address, so a buffer that becomes too small is replaced by one of at least
 * twice the size and stays allocated until the device is closed.
 */
interface Scratch {
    /** What a buffer is for. Two uses that are alive at one time need two buffers. */
    enum Use {
        /** Weights decoded for a product of many rows. */
        DECODED_WEIGHTS,
        /** Activations converted for tensor cores. */
        CONVERTED,
        /** Partial results of divided attention. */
        ATTENTION,
        /** The range of entries of each span. */
        RANGES,
        /** Partial results of divided products. */
        PARTIAL_SUMS,
        /** Counters that are zero between ops; a buffer is zeroed when it is allocated. */
        COUNTERS,
        /** Sorting and choosing. */
        SAMPLING,
        /** Weights as they come from a file. */
        UPLOAD
    }

    /** A buffer of at least this size, aligned to 256 bytes; its contents are undefined unless the use says so. */
    long buffer(Use use, long bytes);
}
