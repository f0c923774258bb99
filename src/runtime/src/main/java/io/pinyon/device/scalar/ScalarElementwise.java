/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import io.pinyon.device.host.HostTensor;

/** Ops that treat every element alike. */
final class ScalarElementwise {
    private ScalarElementwise() {}

    static void addBias(HostTensor x, HostTensor bias) {
        for (int r = 0; r < x.rows(); r++) {
            for (int i = 0; i < x.cols(); i++) {
                x.data()[x.row(r) + i] += bias.data()[bias.offset() + i];
            }
        }
    }

    static void add(HostTensor x, HostTensor y) {
        for (int i = 0; i < x.rows() * x.cols(); i++) {
            x.data()[x.offset() + i] += y.data()[y.offset() + i];
        }
    }

    static void scale(HostTensor x, float factor) {
        for (int i = 0; i < x.rows() * x.cols(); i++) {
            x.data()[x.offset() + i] *= factor;
        }
    }

    static void softcap(HostTensor x, float cap) {
        for (int i = 0; i < x.rows() * x.cols(); i++) {
            x.data()[x.offset() + i] = (float) softcap(x.data()[x.offset() + i], cap);
        }
    }

    static double softcap(double value, double cap) {
        return cap * Math.tanh(value / cap);
    }
}
