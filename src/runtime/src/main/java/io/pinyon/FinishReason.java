/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

/** Why a generation ended. */
public enum FinishReason {
    /** The model chose an end-of-generation token. */
    STOP_TOKEN,
    /** A stop string occurred. */
    STOP_STRING,
    /** The wanted number of tokens was reached. */
    LENGTH,
    /** The context has no room for another token. */
    CONTEXT_FULL,
    /** {@link Session#cancel} was called. */
    CANCELLED
}
