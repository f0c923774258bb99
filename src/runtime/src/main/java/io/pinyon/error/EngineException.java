/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.error;

/** Anything else that went wrong while running: cancelled, interrupted, disk full, internal inconsistency. */
public non-sealed class EngineException extends PinyonException {
    private static final long serialVersionUID = 1L;

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     */
    public EngineException(String code, String problem, String remedy) {
        super(code, problem, remedy, null);
    }

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     * @param cause the failure underneath
     */
    public EngineException(String code, String problem, String remedy, Throwable cause) {
        super(code, problem, remedy, cause);
    }
}
