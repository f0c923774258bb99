/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.stream.Stream;

import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

class WeightPlanesTest {
    static Stream<WeightFormat> formats() {
        return WeightFormats.all().stream();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void everyByteOfABlockIsInOnePlane(WeightFormat format) {
        int[] planes = new int[format.blockBytes()];
        for (WeightPlanes.Field field : WeightPlanes.of(format).fields()) {
            for (int i = 0; i < field.bytes(); i++) {
                planes[field.offset() + i]++;
            }
        }
        assertThat(planes).containsOnly(1);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void planesOfWideFieldsAreAlignedForAnyNumberOfBlocks(WeightFormat format) {
        int before = 0;
        for (WeightPlanes.Field field : WeightPlanes.of(format).fields()) {
            int alignment = Math.min(16, Integer.lowestOneBit(field.bytes()));
            assertThat(before % alignment).as("%s behind %d bytes", field, before).isZero();
            before += field.bytes();
        }
    }

    @ParameterizedTest
    @MethodSource("formats")
    void theKernelTakesAllPlanes(WeightFormat format) {
        assertThat(WeightPlanes.of(format).fields()).hasSizeBetween(1, PlaneKernels.MAX_FIELDS);
        int granularity = PlaneKernels.granularity(format);
        assertThat(format.blockBytes() % granularity).isZero();
        assertThat(granularity == 1).isEqualTo(format.equals(WeightFormats.MXFP4));
    }

    @Test
    void blocksThatAreAlignedInTheFileStayAsTheyAre() {
        assertThat(WeightPlanes.of(WeightFormats.Q4_K).asInFile()).isTrue();
        assertThat(WeightPlanes.of(WeightFormats.F16).asInFile()).isTrue();
        assertThat(WeightPlanes.of(WeightFormats.Q8_0).asInFile()).isFalse();
    }
}
