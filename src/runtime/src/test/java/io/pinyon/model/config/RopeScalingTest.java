/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

import io.pinyon.device.Rope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Rotary scalings, as configurations write them, against numbers computed by the Transformers library. */
class RopeScalingTest {
    private static final String DIVISORS = "'short_factor': [1, 1, 1, 1.1, 1.2, 1.3, 1.4, 1.5], "
            + "'long_factor': [1, 1.5, 2, 3, 5, 8, 13, 21]";

    @TempDir
    private Path folder;

    static Stream<Arguments> settings() {
        return Stream.of(
                Arguments.of("no scaling", "'rope_theta': 10000, 'rope_scaling': null", 512, 1.0,
                        new double[]{1, 0.31622777, 0.1, 0.031622777, 0.01, 0.0031622777, 0.001, 0.00031622777}),
                Arguments.of("linear", "'rope_scaling': {'type': 'linear', 'factor': 4.0}", 512, 1.0,
                        new double[]{0.25, 0.079056941, 0.025, 0.0079056947, 0.0025, 0.00079056947, 0.00025,
                                7.9056947e-05}),
                Arguments.of("dynamic beyond", "'rope_scaling': {'rope_type': 'dynamic', 'factor': 2.0}", 2048, 1.0,
                        new double[]{1, 0.23948137, 0.057351321, 0.013734572, 0.0032891743, 0.00078769587,
                                0.00018863847, 4.5175395e-05}),
                Arguments.of("dynamic within", "'rope_scaling': {'rope_type': 'dynamic', 'factor': 2.0}", 100, 1.0,
                        new double[]{1, 0.31622776, 0.1, 0.031622779, 0.01, 0.0031622779, 0.001, 0.00031622779}),
                Arguments.of("yarn", "'rope_parameters': {'rope_type': 'yarn', 'rope_theta': 10000.0, 'factor': 4.0, "
                        + "'original_max_position_embeddings': 128}", 512, 1.138629436111989,
                        new double[]{1, 0.23717082, 0.049999997, 0.0079056947, 0.0025, 0.00079056947, 0.00025,
                                7.9056947e-05}),
                Arguments.of("yarn in full", "'rope_parameters': {'rope_type': 'yarn', 'rope_theta': 10000.0, "
                        + "'factor': 4.0, 'original_max_position_embeddings': 128, 'truncate': false, "
                        + "'beta_fast': 16.0, 'beta_slow': 2.0, 'mscale': 1.0, 'mscale_all_dim': 0.8}", 512,
                        1.0249579607969668,
                        new double[]{1, 0.21246868, 0.025664398, 0.0079056947, 0.0025, 0.00079056947, 0.00025,
                                7.9056947e-05}),
                Arguments.of("longrope beyond", "'original_max_position_embeddings': 128, "
                        + "'rope_scaling': {'type': 'longrope', " + DIVISORS + "}", 129, 1.1338934190276817,
                        new double[]{1, 0.2108185, 0.05, 0.010540925, 0.002, 0.00039528473, 7.6923076e-05,
                                1.5058466e-05}),
                Arguments.of("longrope within", "'original_max_position_embeddings': 128, "
                        + "'rope_scaling': {'type': 'su', " + DIVISORS + "}", 128, 1.1338934190276817,
                        new double[]{1, 0.31622776, 0.1, 0.02874798, 0.0083333328, 0.0024325214, 0.00071428571,
                                0.00021081851}),
                Arguments.of("llama3", "'rope_theta': 500000.0, 'rope_scaling': {'rope_type': 'llama3', 'factor': 8.0, "
                        + "'low_freq_factor': 1.0, 'high_freq_factor': 4.0, 'original_max_position_embeddings': 64}",
                        512, 1.0, new double[]{1, 0.079403013, 0.0047007538, 0.00091158313, 0.00017677668,
                                3.4281024e-05, 6.6478706e-06, 1.2891732e-06}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("settings")
    void speedsAreThoseOfTheReference(String name, String settings, int context, double magnitude, double[] expected)
            throws IOException {
        Rope rope = parameters(settings).full().rope(Rope.Style.HALVES, context);

        assertThat(rope.magnitude()).isCloseTo((float) magnitude, within(1e-6f));
        assertThat(rope.inverseFrequencies()).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(rope.inverseFrequencies().get(i) / expected[i]).as("pair %d of %s", i, name)
                    .isCloseTo(1, within(3e-6));
        }
    }

    @Test
    void yarnOfALargeModelHasTheReferencesRamp() {
        double[] speeds = new Yarn(40, 4096, 1, Yarn.BETA_FAST, Yarn.BETA_SLOW, true).inverseFrequencies(150_000, 64,
                0);

        double[] ramp = {0.05081328, 0.03159887, 0.019420812, 0.011761023, 0.0069870786, 0.0040448909, 0.0022568784,
                0.001189737, 0.00056803756, 0.00021794037, 3.064705e-05};
        for (int i = 0; i < ramp.length; i++) {
            assertThat(speeds[8 + i] / ramp[i]).as("pair %d", 8 + i).isCloseTo(1, within(3e-6));
        }
        assertThat(Yarn.magnitude(40, 1)).isCloseTo(1.3688879454113936, within(1e-12));
    }

    @Test
    void typesOfLayersHaveTheirOwnBaseInBothStyles() throws IOException {
        HuggingFaceRope nested = parameters("""
                'rope_parameters': {'full_attention': {'rope_type': 'linear', 'factor': 8.0, 'rope_theta': 1000000.0},
                 'sliding_attention': {'rope_type': 'default', 'rope_theta': 10000.0}}""");
        HuggingFaceRope flat = parameters("""
                'rope_theta': 1000000.0, 'rope_local_base_freq': 10000.0,
                'rope_scaling': {'rope_type': 'linear', 'factor': 8.0}""");

        RopeParameters full = new RopeParameters(1e6, 16, new RopeScaling.Linear(8));
        RopeParameters sliding = new RopeParameters(1e4, 16, new RopeScaling.None());
        assertThat(nested.full()).isEqualTo(full).isEqualTo(flat.full());
        assertThat(nested.sliding()).contains(sliding).isEqualTo(flat.sliding());
    }

    @Test
    void aPartOfTheHeadTurns() throws IOException {
        RopeParameters half = parameters("'partial_rotary_factor': 0.5").full();

        assertThat(half.dim()).isEqualTo(8);
        assertThat(Arrays.stream(half.scaling().inverseFrequencies(half.base(), half.dim(), 0)).toArray())
                .containsExactly(new double[]{1, 0.1, 0.01, 0.001}, within(1e-12));
    }

    /** A head of 16 elements, trained for 512 tokens. */
    private HuggingFaceRope parameters(String settings) throws IOException {
        Path file = Files.writeString(folder.resolve("config.json"), "{" + settings.replace('\'', '"') + "}");
        return new HuggingFaceRope(JsonConfig.read(file), 16, 512);
    }
}
