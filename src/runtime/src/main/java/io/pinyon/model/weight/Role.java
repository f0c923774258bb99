/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.weight;

/** What a weight is for. */
public enum Role {
    /** Token embedding. */
    EMBEDDING,
    /** Matrix of the logits. */
    OUTPUT,
    /** Norm before {@link #OUTPUT}. */
    OUTPUT_NORM,
    /** Norm before attention. */
    ATTENTION_NORM, QUERY, KEY, VALUE,
    /** Query, key and value, one below the other. */
    QUERY_KEY_VALUE,
    /** Norm of each query head. */
    QUERY_NORM,
    /** Norm of each key head. */
    KEY_NORM,
    /** Projection of attention's heads to the residual stream. */
    ATTENTION_OUTPUT,
    /** Norm behind attention. */
    ATTENTION_POST_NORM,
    /** Norm before the MLP. */
    MLP_NORM, GATE, UP,
    /** Gate and up, one below the other. */
    GATE_UP, DOWN,
    /** Norm behind the MLP. */
    MLP_POST_NORM;

    /** Whether there is one in every layer. */
    public boolean perLayer() {
        return this != EMBEDDING && this != OUTPUT && this != OUTPUT_NORM;
    }

    /** Whether it is a vector of factors. */
    public boolean norm() {
        return switch (this) {
            case OUTPUT_NORM, ATTENTION_NORM, QUERY_NORM, KEY_NORM, ATTENTION_POST_NORM, MLP_NORM, MLP_POST_NORM ->
                true;
            default -> false;
        };
    }
}
