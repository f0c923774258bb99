/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

/** The nonlinearity of a gated MLP. */
public enum Activation {
    /** {@code x * sigmoid(x)} (arXiv 1702.03118). */
    SILU,
    /** {@code x * Phi(x)} with the exact normal distribution function (arXiv 1606.08415). */
    GELU,
    /** GELU by its tanh approximation, {@code 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))}. */
    GELU_TANH
}
