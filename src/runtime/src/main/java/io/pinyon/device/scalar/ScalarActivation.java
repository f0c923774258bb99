/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import io.pinyon.device.Activation;
import io.pinyon.device.host.HostTensor;
import io.pinyon.device.host.NormalDistribution;

/** The nonlinearity of a gated MLP. */
final class ScalarActivation {
    private ScalarActivation() {}

    static void gated(Activation activation, HostTensor gate, HostTensor up, HostTensor out) {
        for (int i = 0; i < gate.rows() * gate.cols(); i++) {
            double activated = apply(activation, gate.data()[gate.offset() + i]);
            out.data()[out.offset() + i] = (float) (activated * up.data()[up.offset() + i]);
        }
    }

    private static double apply(Activation activation, double x) {
        return switch (activation) {
            case SILU -> x / (1 + Math.exp(-x));
            case GELU -> x * NormalDistribution.cumulative(x);
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
        };
    }
}
