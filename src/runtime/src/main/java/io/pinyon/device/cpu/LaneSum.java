/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sum of a vector's lanes in a fixed order: halves are added until two lanes are left.
 *
 * <p>{@link FloatVector#reduceLanes} leaves the order open, and interpreted and compiled code take different ones, so
 * that a result would depend on how long a process has run.
 */
final class LaneSum {
    private static final VectorShuffle<Float> HALF_OF_16 = half(FloatVector.SPECIES_512);
    private static final VectorShuffle<Float> QUARTER_OF_16 = VectorShuffle.iota(FloatVector.SPECIES_512, 4, 1, true);
    private static final VectorShuffle<Float> EIGHTH_OF_16 = VectorShuffle.iota(FloatVector.SPECIES_512, 2, 1, true);
    private static final VectorShuffle<Float> HALF_OF_8 = half(FloatVector.SPECIES_256);
    private static final VectorShuffle<Float> QUARTER_OF_8 = VectorShuffle.iota(FloatVector.SPECIES_256, 2, 1, true);
    private static final VectorShuffle<Float> HALF_OF_4 = half(FloatVector.SPECIES_128);

    private LaneSum() {}

    /** The sum. */
    static float of(FloatVector v) {
        FloatVector sum = v;
        switch (v.length()) {
            case 16 -> {
                sum = sum.add(sum.rearrange(HALF_OF_16));
                sum = sum.add(sum.rearrange(QUARTER_OF_16));
                sum = sum.add(sum.rearrange(EIGHTH_OF_16));
            }
            case 8 -> {
                sum = sum.add(sum.rearrange(HALF_OF_8));
                sum = sum.add(sum.rearrange(QUARTER_OF_8));
            }
            case 4 -> sum = sum.add(sum.rearrange(HALF_OF_4));
            case 2 -> {
                // two lanes are what the others end with
            }
            default -> throw new IllegalArgumentException(v.length() + " lanes");
        }
        return sum.lane(0) + sum.lane(1);
    }

    private static VectorShuffle<Float> half(VectorSpecies<Float> species) {
        return VectorShuffle.iota(species, species.length() / 2, 1, true);
    }
}
