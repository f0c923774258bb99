/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.Optional;

import io.pinyon.device.host.HostTensor;
import io.pinyon.device.support.PartShapes;

/**
 * Where attention goes.
 *
 * @param values {@code [rows, heads * valueDim]}
 * @param states if present, {@code [rows, 2 * heads]}: then values stay sums, to be merged with others
 */
record AttentionTarget(HostTensor values, Optional<HostTensor> states) {
    /** The whole of attention. */
    static AttentionTarget whole(HostTensor out) {
        return new AttentionTarget(out, Optional.empty());
    }

    /** A part of attention. */
    static AttentionTarget part(PartShapes.Part<HostTensor> part) {
        return new AttentionTarget(part.sums(), Optional.of(part.states()));
    }

    /** See {@link AttentionQueries#finish}. */
    float finish(int row, int head, float max, float sum) {
        if (states.isEmpty()) {
            return sum;
        }
        HostTensor tensor = states.get();
        int at = tensor.row(row) + 2 * head;
        tensor.data()[at] = max;
        tensor.data()[at + 1] = sum;
        return 1;
    }
}
