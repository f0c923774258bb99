/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

/**
 * A loaded kernel.
 *
 * @param name its C name
 * @param handle the driver's function
 */
record Kernel(String name, long handle) {}
