/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import io.pinyon.device.Rope;

/**
 * Rotary embedding of a model's layers.
 *
 * @param base base of the geometric series of speeds, for example 10000
 * @param dim elements of a head that turn, even
 * @param scaling how the speeds are changed
 */
public record RopeParameters(double base, int dim, RopeScaling scaling) {
    /**
     * What a device computes with.
     *
     * @param style how the checkpoint pairs elements
     * @param context tokens that the caller means to use
     */
    public Rope rope(Rope.Style style, int context) {
        List<Float> speeds = Arrays.stream(scaling.inverseFrequencies(base, dim, context))
                .mapToObj(speed -> (float) speed).toList();
        return new Rope(style, speeds, (float) scaling.magnitude());
    }

    /** For people, for example {@code base 500000, llama3}. */
    public String describe() {
        String plain = String.format(Locale.ROOT, "base %s",
                base == Math.rint(base) ? Long.toString((long) base) : Double.toString(base));
        return scaling instanceof RopeScaling.None ? plain : plain + ", " + scaling.type();
    }
}
