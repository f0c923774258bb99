/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import io.pinyon.error.UsageException;

/**
 * How a session is opened.
 *
 * @param kv KV specification: how keys and values are kept; {@code full} for all of them in 16 bits
 * @param contextLength most tokens that the session may have; 0 for what the model was trained for
 */
public record SessionOptions(String kv, int contextLength) {
    /**
     * Checks the context length; the KV specification is checked when the session is opened.
     *
     * @throws UsageException {@code PIN-OPTION-CONTEXT}
     */
    public SessionOptions {
        Options.require(contextLength >= 0, "PIN-OPTION-CONTEXT", "context length", contextLength,
                "use 0 for the model's own or a number of tokens");
    }

    /** Full KV and the model's context length. */
    public static SessionOptions defaults() {
        return new SessionOptions("full", 0);
    }

    /**
     * For {@link Model#open(java.nio.file.Path, SessionOptions)}: keys and values encoded as they were when the session was
     * saved, and the context length that it had.
     */
    public static SessionOptions asSaved() {
        return new SessionOptions("", 0);
    }

    /** The same with another KV specification. */
    public SessionOptions withKv(String spec) {
        return new SessionOptions(spec, contextLength);
    }

    /** The same with another context length. */
    public SessionOptions withContextLength(int tokens) {
        return new SessionOptions(kv, tokens);
    }
}
