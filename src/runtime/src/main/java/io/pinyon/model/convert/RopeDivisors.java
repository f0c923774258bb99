/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pinyon.model.config.RopeParameters;
import io.pinyon.model.config.RopeScaling;

/** Rotary scalings that GGUF files keep as tensors of divisors. */
final class RopeDivisors {
    private RopeDivisors() {}

    /** Values by name of the tensor. */
    static Map<String, float[]> of(RopeParameters rope) {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        switch (rope.scaling()) {
            case RopeScaling.Llama3 _ -> {
                double[] plain = new RopeScaling.None().inverseFrequencies(rope.base(), rope.dim(), 0);
                double[] scaled = rope.scaling().inverseFrequencies(rope.base(), rope.dim(), 0);
                float[] divisors = new float[plain.length];
                for (int i = 0; i < divisors.length; i++) {
                    divisors[i] = (float) (plain[i] / scaled[i]);
                }
                tensors.put("rope_freqs.weight", divisors);
            }
            case RopeScaling.Divisors divisors -> tensors.put("rope_freqs.weight", floats(divisors.divisors()));
            case RopeScaling.LongRope longRope -> {
                tensors.put("rope_factors_long.weight", floats(longRope.longDivisors()));
                tensors.put("rope_factors_short.weight", floats(longRope.shortDivisors()));
            }
            default -> {
            }
        }
        return tensors;
    }

    private static float[] floats(List<Double> values) {
        float[] floats = new float[values.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values.get(i).floatValue();
        }
        return floats;
    }
}
