/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * Attention over some of a row's entries, for merging with that over others.
 *
 * <p>With {@code s} the scores after scale and cap, for every row and query head: {@code m = max(s)}, {@code l =
 * sum(exp(s - m))} and {@code o = sum(exp(s - m) v)}. No entries give {@code m = -infinity, l = 0, o = 0}.
 *
 * @param sums {@code o}: {@code [rows, heads * valueDim]}
 * @param states {@code m, l} of each head in turn: {@code [rows, 2 * heads]}
 */
public record AttentionPart(Tensor sums, Tensor states) {}
