/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.scalar;

import io.pinyon.device.Rope;
import io.pinyon.device.host.HostInts;
import io.pinyon.device.host.HostTensor;

/** Rotary position embedding. */
final class ScalarRope {
    private ScalarRope() {}

    static void angles(Rope rope, HostInts positions, HostTensor out) {
        int pairs = rope.dim() / 2;
        for (int r = 0; r < positions.length(); r++) {
            for (int i = 0; i < pairs; i++) {
                double angle = (double) positions.data()[r] * rope.inverseFrequencies().get(i);
                out.data()[out.row(r) + i] = (float) (rope.magnitude() * Math.cos(angle));
                out.data()[out.row(r) + pairs + i] = (float) (rope.magnitude() * Math.sin(angle));
            }
        }
    }

    static void turn(HostTensor x, int headDim, HostTensor angles, Rope.Style style) {
        for (int r = 0; r < x.rows(); r++) {
            for (int head = 0; head < x.cols() / headDim; head++) {
                turnHead(x.data(), x.row(r) + head * headDim, angles, r, style);
            }
        }
    }

    private static void turnHead(float[] x, int head, HostTensor angles, int row, Rope.Style style) {
        int pairs = angles.cols() / 2;
        for (int i = 0; i < pairs; i++) {
            double cos = angles.data()[angles.row(row) + i];
            double sin = angles.data()[angles.row(row) + pairs + i];
            int first = head + (style == Rope.Style.HALVES ? i : 2 * i);
            int second = head + (style == Rope.Style.HALVES ? i + pairs : 2 * i + 1);
            double a = x[first];
            double b = x[second];
            x[first] = (float) (a * cos - b * sin);
            x[second] = (float) (a * sin + b * cos);
        }
    }
}
