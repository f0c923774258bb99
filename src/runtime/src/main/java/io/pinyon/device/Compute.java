/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/** What products of many rows are computed in. Sums, and everything else, are float32 in any case. */
public enum Compute {
    /** Factors in float32. */
    F32,
    /** Factors rounded to bfloat16 (8 bits of precision), for tensor cores. */
    BF16
}
