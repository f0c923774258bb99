/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.error;

/** The request does not fit in the memory that there is or that the budget allows. */
public final class MemoryException extends PinyonException {
    private static final long serialVersionUID = 1L;

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     */
    public MemoryException(String code, String problem, String remedy) {
        super(code, problem, remedy, null);
    }

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     * @param cause the failure underneath
     */
    public MemoryException(String code, String problem, String remedy, Throwable cause) {
        super(code, problem, remedy, cause);
    }
}
