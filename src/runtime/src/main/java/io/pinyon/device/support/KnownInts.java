/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.support;

import java.util.Optional;

import io.pinyon.device.IntTensor;

/** A vector of integers whose values the host may know, so that indices out of range can be refused. */
public interface KnownInts extends IntTensor {
    /**
     * The values, at least {@link #length()} of them; empty if an op wrote them and reading them would mean waiting for
     * it.
     */
    Optional<int[]> known();
}
