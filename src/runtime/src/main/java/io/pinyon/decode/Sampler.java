/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.decode;

/** One rule that changes logits or drops candidates before a token is chosen. */
@FunctionalInterface
public interface Sampler {
    /** Applies the rule; at least one candidate stays. */
    void apply(Candidates candidates);

    /** Learns that a token became part of the text, from the prompt or chosen. */
    default void accept(int token) {}
}
