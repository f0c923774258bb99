/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

class RowKernelTest {
    static Stream<Integer> widths() {
        return Stream.of(64, 128, 256, 512).filter(bits -> bits <= VectorWidth.most());
    }

    @ParameterizedTest
    @MethodSource("widths")
    void decodersAgreeWithTheFormatsBitForBit(int bits) {
        for (WeightFormat format : WeightFormats.all()) {
            for (long seed = 1; seed <= 20; seed++) {
                int blocks = format.blockElements() == 1 ? 37 : 3;
                byte[] bytes = new byte[5 + blocks * format.blockBytes()];
                new Random(seed).nextBytes(bytes);
                int count = blocks * format.blockElements();
                float[] expected = new float[count + 2];
                float[] actual = new float[count + 2];
                format.decode(MemorySegment.ofArray(bytes), 5, expected, 1, blocks);
                Kernels.ofWidth(bits).rowKernel(format).decoder().decode(MemorySegment.ofArray(bytes), 5, actual, 1,
                        count);
                assertThat(actual).as("%s, %d bits, seed %d", format.name(), bits, seed).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("widths")
    void theFormatsThatDecodeFastestInPlaceHaveAProduct(int bits) {
        for (WeightFormat format : List.of(WeightFormats.F32, WeightFormats.BF16, WeightFormats.Q8_0,
                WeightFormats.Q4_0, WeightFormats.Q4_K, WeightFormats.Q6_K)) {
            assertThat(Kernels.ofWidth(bits).rowKernel(format).product()).as(format.name()).isPresent();
        }
    }
}
