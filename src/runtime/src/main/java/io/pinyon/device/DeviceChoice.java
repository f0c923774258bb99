/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/**
 * An opened device and why it is this one.
 *
 * @param device the device; the receiver closes it
 * @param reason one line for people
 */
public record DeviceChoice(Device device, String reason) {}
