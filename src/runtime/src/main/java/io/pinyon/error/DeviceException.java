/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.error;

/** A device, or something a device needs, is missing or not usable. */
public final class DeviceException extends PinyonException {
    private static final long serialVersionUID = 1L;

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     */
    public DeviceException(String code, String problem, String remedy) {
        super(code, problem, remedy, null);
    }

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     * @param cause the failure underneath
     */
    public DeviceException(String code, String problem, String remedy, Throwable cause) {
        super(code, problem, remedy, cause);
    }
}
