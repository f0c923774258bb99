/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.Optional;

/**
 * What a device needs so that pages can lie elsewhere than in its own memory.
 *
 * @param groupBytes bytes of each of the two buffers through which pages come back; at least one page
 * @param far how attention reads pages that lie elsewhere
 * @param store for pages on {@link io.pinyon.memory.Tier#DISK}, closed by its owner, who closes pages before it that
 *     nobody shall find again, and those that the next process may find after it; empty for none
 */
public record KvTiers(long groupBytes, FarAttention far, Optional<PageStore> store) {
    /** Bytes of a group unless said otherwise. */
    public static final long DEFAULT_GROUP_BYTES = 64L << 20;
}
