/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

/**
 * Bytes of a session's keys and values.
 *
 * @param spec the KV specification, as it was understood
 * @param bytes bytes now, whole pages, also those that are shared with forks of the session
 * @param peakBytes the most bytes so far
 * @param fullBytes bytes that 16-bit keys and values of the same tokens take, without page rounding
 */
public record KvUsage(String spec, long bytes, long peakBytes, long fullBytes) {}
