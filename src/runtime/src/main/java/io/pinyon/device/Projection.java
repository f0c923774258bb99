/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * One of several products with the same left side.
 *
 * @param weights matrix {@code [n, k]}
 * @param out receives {@code [rows, n]}
 */
public record Projection(WeightMatrix weights, Tensor out) {}
