/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import io.pinyon.device.host.HostTensor;

/** Normalisation of rows. */
final class ScalarNorm {
    private ScalarNorm() {}

    static void rmsNorm(HostTensor x, HostTensor weight, float epsilon, HostTensor out) {
        for (int r = 0; r < x.rows(); r++) {
            int in = x.row(r);
            double meanSquare = ScalarMatmul.dot(x.data(), in, x.data(), in, x.cols()) / x.cols();
            double norm = Math.sqrt(meanSquare + epsilon);
            for (int i = 0; i < x.cols(); i++) {
                double factor = weight.data()[weight.offset() + i];
                out.data()[out.row(r) + i] = (float) (x.data()[in + i] / norm * factor);
            }
        }
    }
}
