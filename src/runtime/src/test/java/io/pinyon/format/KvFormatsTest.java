/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;

import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class KvFormatsTest {
    private static final long SEED = 20260731;

    @ParameterizedTest
    @CsvSource({"f16, 2, 0.00048828125", "bf16, 2, 0.00390625", "f32, 4, 0"})
    void returnsEntriesWithinHalfAUnitOfTheLastPlace(String name, int bytes, float relative) {
        KvFormat format = KvFormats.byName(name).orElseThrow();
        Random random = new Random(SEED);
        for (int dim : new int[]{1, 7, 64, 128, 576}) {
            float[] entry = new float[dim];
            for (int i = 0; i < dim; i++) {
                entry[i] = (float) random.nextGaussian();
            }
            float[] back = new float[dim + 3];
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment page = arena.allocate(5 + (long) format.entryBytes(dim));
                format.encode(entry, 0, page, 5, dim);
                format.decode(page, 5, back, 3, dim);
            }
            assertThat(format.entryBytes(dim)).isEqualTo(bytes * dim);
            for (int i = 0; i < dim; i++) {
                Offset<Float> bound = within(Math.max(Math.abs(entry[i]) * relative, relative * 1e-4f));
                assertThat(back[i + 3]).as("seed %d, dim %d, element %d", SEED, dim, i).isCloseTo(entry[i], bound);
            }
        }
    }
}
