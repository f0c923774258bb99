/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.AttentionSpec;

/** What tiers take beside the pages themselves. */
final class FarStaging {
    private FarStaging() {}

    /** Bytes of device memory that {@link CudaDevice#openTiers} books. */
    static long deviceBytes(long groupBytes) {
        return GroupBuffers.COUNT * GroupBuffers.stride(groupBytes);
    }

    /** Bytes of page-locked memory that it books. */
    static long hostBytes(long groupBytes, boolean store) {
        return store ? GroupBuffers.COUNT * GroupBuffers.stride(groupBytes) : 0;
    }

    /** Bytes of page-locked memory for attention in place, from its first use on. */
    static long inPlaceBytes(AttentionSpec spec) {
        return 4L * HostAttention.MAX_ROWS * spec.heads() * (spec.keyDim() + 2L * spec.valueDim() + 2);
    }

    /** Bytes of the running state between the rounds of a step, which grows as other scratch does. */
    static long stateBytes(int rows, AttentionSpec spec) {
        return sumBytes(rows, spec) + (long) rows * spec.heads() * 2 * Float.BYTES;
    }

    /** Bytes of its first part, the sums. */
    static long sumBytes(int rows, AttentionSpec spec) {
        return DeviceHeap.rounded((long) rows * spec.heads() * spec.valueDim() * Float.BYTES);
    }
}
