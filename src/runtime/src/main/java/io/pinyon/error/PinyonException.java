/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.error;

import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Base of every error that Pinyon reports: a stable code, what is wrong (with the offending value) and what to do.
 *
 * <p>The kind of error is the subclass; it decides the exit status of the command line. Codes look like
 * {@code PIN-GGUF-TRUNCATED}, are listed in {@code docs/errors.md} and never change their meaning.
 */
public abstract sealed class PinyonException extends RuntimeException
        permits UsageException, ModelFileException, MemoryException, DeviceException, EngineException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final String problem;
    private final String remedy;

    PinyonException(String code, String problem, String remedy, @Nullable Throwable cause) {
        super(code + ": " + problem + "; " + remedy, cause);
        this.code = Objects.requireNonNull(code);
        this.problem = problem;
        this.remedy = remedy;
    }

    /** The stable code, for example {@code PIN-GGUF-TRUNCATED}. */
    public final String code() {
        return code;
    }

    /** What is wrong, naming the offending value. */
    public final String problem() {
        return problem;
    }

    /** What the user can do about it. */
    public final String remedy() {
        return remedy;
    }
}
