/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cuda.driver;

/**
 * Memory of the current context's device, all processes together.
 *
 * @param free bytes that could be allocated now
 * @param total bytes that there are
 */
public record DeviceMemory(long free, long total) {}
