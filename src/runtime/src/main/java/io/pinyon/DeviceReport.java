/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

/**
 * What a device provider says about a device.
 *
 * @param id how {@link ModelOptions#device} names it
 * @param usable whether models can run on it
 * @param description what it is, if usable; otherwise empty
 * @param reason why it is not usable; otherwise empty
 * @param remedy what would help, if it is not usable; otherwise empty
 */
public record DeviceReport(String id, boolean usable, String description, String reason, String remedy) {}
