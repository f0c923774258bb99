/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.AttentionSpec;

/** Launches attention over some entries of a layer; see {@link AttentionKernels}. */
@FunctionalInterface
interface RoundKernel {
    /** Launches one round. */
    void attention(CudaTensor queries, CudaKvTable.CudaLayer layer, AttentionSpec spec, AttentionKernels.Round round,
            CudaTensor out);
}
