/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.error;

/** The caller asked for something impossible: a bad option, a bad combination, a wrong order of calls. */
public final class UsageException extends PinyonException {
    private static final long serialVersionUID = 1L;

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     */
    public UsageException(String code, String problem, String remedy) {
        super(code, problem, remedy, null);
    }

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     * @param cause the failure underneath
     */
    public UsageException(String code, String problem, String remedy, Throwable cause) {
        super(code, problem, remedy, cause);
    }
}
