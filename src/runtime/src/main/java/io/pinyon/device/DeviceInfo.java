/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * Facts about a device for people.
 *
 * @param id how an option names it: {@code scalar}, {@code cpu}, {@code cuda:0}
 * @param description for example {@code Vector API, 512-bit lanes, 4 threads}
 * @param memoryBytes memory it could use at most
 */
public record DeviceInfo(String id, String description, long memoryBytes) {}
