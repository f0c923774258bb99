/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import io.pinyon.device.KvView;

/**
 * What a {@link io.pinyon.device.KvSpan} says about one layer.
 *
 * @param view the sequence's entries in this layer
 * @param firstRow first row in the step's tensors
 * @param rowCount number of rows, at least 1
 * @param firstPosition position of the first row
 */
public record HostSpan(KvView view, int firstRow, int rowCount, int firstPosition) {}
