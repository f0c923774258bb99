/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.Compute;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class GemmPlanTest {
    @Test
    void slabsStayWithinTheirLimitAndCoverTheMatrix() {
        for (Compute compute : Compute.values()) {
            for (int cols : new int[]{32, 1024, 4096, 14336, 53248}) {
                for (int outputs : new int[]{1, 127, 128, 4096, 14336, 128256}) {
                    GemmPlan plan = GemmPlan.of(WeightFormats.Q4_K, outputs, cols, compute);
                    assertThat(plan.weightsInPlace()).isFalse();
                    assertThat(GemmPlan.bytes(compute, plan.slabRows(), plan.width()))
                            .isLessThanOrEqualTo(GemmPlan.SLAB_BYTES);
                    assertThat(plan.slabRows() == outputs || plan.slabRows() % GemmPlan.TILE == 0).isTrue();
                    assertThat(plan.slabRows()).isBetween(1, outputs);
                }
            }
        }
    }

    @Test
    void weightsOfTheRightTypeAndWidthAreReadInPlace() {
        assertThat(inPlace(WeightFormats.BF16, 4096, Compute.BF16)).isTrue();
        assertThat(inPlace(WeightFormats.BF16, 4092, Compute.BF16)).isFalse();
        assertThat(inPlace(WeightFormats.BF16, 4096, Compute.F32)).isFalse();
        assertThat(inPlace(WeightFormats.F32, 4096, Compute.F32)).isTrue();
        assertThat(inPlace(WeightFormats.F32, 4096, Compute.BF16)).isFalse();
        assertThat(inPlace(WeightFormats.F16, 4096, Compute.BF16)).isFalse();
    }

    private static boolean inPlace(WeightFormat format, int cols, Compute compute) {
        return GemmPlan.of(format, 100, cols, compute).weightsInPlace();
    }

    @Test
    void inputIsReadInPlaceOnlyAsAlignedFloat32() {
        assertThat(GemmPlan.of(WeightFormats.F16, 100, 64, Compute.F32).inputInPlace()).isTrue();
        assertThat(GemmPlan.of(WeightFormats.F16, 100, 65, Compute.F32).inputInPlace()).isFalse();
        assertThat(GemmPlan.of(WeightFormats.F16, 100, 64, Compute.BF16).inputInPlace()).isFalse();
    }

    @Test
    void rowsArePaddedToWideLoads() {
        GemmPlan plan = GemmPlan.of(WeightFormats.F16, 100, 37, Compute.BF16);
        assertThat(plan.width()).isEqualTo(40);
        assertThat(plan.kernel()).isEqualTo("gemm_bf16");
        assertThat(plan.sharedBytes()).isEqualTo(98304);
    }

    @Test
    void tilesCoverTheResult() {
        assertThat(GemmPlan.tiles(17, 1)).isEqualTo(1);
        assertThat(GemmPlan.tiles(129, 257)).isEqualTo(6);
    }
}
