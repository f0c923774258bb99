/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import io.pinyon.device.host.HostInts;
import io.pinyon.device.host.HostTensor;
import io.pinyon.device.host.HostWeights;

/** Ops that read weight matrices; rows are decoded by the format itself. */
final class ScalarMatmul {
    private ScalarMatmul() {}

    static void embed(HostWeights table, HostInts tokens, float scale, HostTensor out) {
        for (int r = 0; r < tokens.length(); r++) {
            int first = out.row(r);
            decode(table, tokens.data()[r], out.data(), first);
            for (int i = first; i < first + out.cols(); i++) {
                out.data()[i] *= scale;
            }
        }
    }

    static void matmul(HostTensor x, HostWeights weights, HostTensor out) {
        float[] row = new float[weights.cols()];
        for (int n = 0; n < weights.rows(); n++) {
            decode(weights, n, row, 0);
            for (int r = 0; r < x.rows(); r++) {
                out.data()[out.row(r) + n] = (float) dot(x.data(), x.row(r), row, 0, row.length);
            }
        }
    }

    static double dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (double) a[aOffset + i] * b[bOffset + i];
        }
        return sum;
    }

    private static void decode(HostWeights weights, int row, float[] target, int offset) {
        int blocks = weights.cols() / weights.format().blockElements();
        weights.format().decode(weights.segment(), weights.rowOffset(row), target, offset, blocks);
    }
}
