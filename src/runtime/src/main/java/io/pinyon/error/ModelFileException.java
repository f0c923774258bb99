/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.error;

/** A model, tokenizer or input file is unreadable, malformed, incomplete or of an unknown kind. */
public final class ModelFileException extends PinyonException {
    private static final long serialVersionUID = 1L;

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     */
    public ModelFileException(String code, String problem, String remedy) {
        super(code, problem, remedy, null);
    }

    /**
     * @param code stable code, {@code PIN-…}
     * @param problem what is wrong, with the offending value
     * @param remedy what to do
     * @param cause the failure underneath
     */
    public ModelFileException(String code, String problem, String remedy, Throwable cause) {
        super(code, problem, remedy, cause);
    }
}
