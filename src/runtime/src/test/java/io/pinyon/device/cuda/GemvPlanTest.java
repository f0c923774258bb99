/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.List;
import java.util.stream.Stream;

import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

class GemvPlanTest {
    private static final GpuFacts H100 = new GpuFacts(0, "H100", 9, 0, 132, 232448, 50 << 20, 80L << 30);
    private static final GpuFacts SMALL = new GpuFacts(0, "small", 8, 6, 20, 101376, 4 << 20, 8L << 30);

    static Stream<WeightFormat> formats() {
        return WeightFormats.all().stream();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void everyShapeOfEveryFormatFitsTheGpu(WeightFormat format) {
        assertThat(GemvPlan.supports(format)).isTrue();
        for (GpuFacts facts : List.of(H100, SMALL)) {
            for (int blocks : new int[]{1, 3, 9, 16, 112, 4096, 16384}) {
                int cols = blocks * format.blockElements();
                for (int rows = 1; rows <= GemvPlan.MAX_ROWS; rows++) {
                    for (int outputs : new int[]{1, 33, 1024, 128256}) {
                        check(GemvPlan.of(format, rows, cols, List.of(outputs), facts), rows, cols, facts);
                    }
                }
            }
        }
    }

    private static void check(GemvPlan plan, int rows, int cols, GpuFacts facts) {
        assertThat(plan.sharedBytes()).isLessThanOrEqualTo(Math.min(GemvPlan.MAX_SHARED_BYTES, facts.sharedBytes()));
        assertThat(plan.gridX()).isPositive();
        int tokens = plan.kernel().endsWith("_one") ? 1 : 8;
        assertThat(plan.gridY()).isEqualTo((rows + tokens - 1) / tokens);
        if (plan.any()) {
            return;
        }
        assertThat(plan.stretch() % 32).isZero();
        // pieces of a row start at whole blocks
        assertThat(plan.stretch() >= cols || plan.stretch() % 256 == 0).isTrue();
        assertThat(plan.split()).isIn(1, 2, 4, 8);
    }

    @Test
    void kernelsAreChosenByRowsAndFormat() {
        GemvPlan one = GemvPlan.of(WeightFormats.Q4_K, 1, 4096, List.of(4096, 1024, 1024), H100);
        assertThat(one.image()).isEqualTo("gemv_k");
        assertThat(one.kernel()).isEqualTo("gemv_q4_k_one");
        assertThat(GemvPlan.of(WeightFormats.Q8_0, 2, 4096, List.of(4096), H100).kernel()).isEqualTo("gemv_q8_0_few");
        assertThat(GemvPlan.of(WeightFormats.IQ2_XS, 16, 512, List.of(7), H100).image()).isEqualTo("gemv_iq");
    }

    @Test
    void plainElementsOfOddWidthsTakeTheKernelForAny() {
        assertThat(GemvPlan.of(WeightFormats.F16, 1, 4096, List.of(8), H100).kernel()).isEqualTo("gemv_f16_one");
        assertThat(GemvPlan.of(WeightFormats.F16, 1, 4092, List.of(8), H100).kernel()).isEqualTo("gemv_f16_any");
        assertThat(GemvPlan.of(WeightFormats.F32, 1, 4092, List.of(8), H100).kernel()).isEqualTo("gemv_f32_one");
        assertThat(GemvPlan.of(WeightFormats.BF16, 9, 37, List.of(8), H100).any()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("formats")
    void howARowIsDividedDoesNotDependOnTheOutputs(WeightFormat format) {
        for (int cols : new int[]{256, 2048, 4096, 14336}) {
            int alone = GemvPlan.of(format, 1, cols, List.of(1), H100).split();
            assertThat(GemvPlan.of(format, 1, cols, List.of(14336, 14336), H100).split()).isEqualTo(alone);
        }
    }

    @Test
    void smallMatricesUseMostOfTheGpu() {
        GemvPlan plan = GemvPlan.of(WeightFormats.Q8_0, 1, 4096, List.of(1024), H100);
        assertThat(plan.gridX()).isGreaterThanOrEqualTo(120);
    }
}
