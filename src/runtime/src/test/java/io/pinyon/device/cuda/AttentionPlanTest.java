/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Compute;
import io.pinyon.device.KvLayout;
import io.pinyon.error.DeviceException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AttentionPlanTest {
    private static final int MULTIPROCESSORS = 132;

    private static KvLayout layout(KvFormat keys, KvFormat values, int keyDim, int valueDim, int pageTokens) {
        return new KvLayout(keys, values, 8, keyDim, valueDim, pageTokens);
    }

    private static AttentionSpec spec(int heads, KvLayout layout) {
        return new AttentionSpec(heads, layout.kvHeads(), layout.keyDim(), layout.valueDim(), 0.1f, 0, 0);
    }

    private static AttentionPlan decode(int rows, int heads, KvLayout layout) {
        return AttentionPlan.of(new AttentionPlan.Step(rows, rows, 1), layout, spec(heads, layout), Compute.BF16,
                MULTIPROCESSORS);
    }

    private static AttentionPlan prefill(KvLayout layout, Compute compute) {
        return AttentionPlan.of(new AttentionPlan.Step(200, 100, 4), layout, spec(32, layout), compute,
                MULTIPROCESSORS);
    }

    @Test
    void aDecodingRowFillsTheGpu() {
        AttentionPlan plan = decode(1, 32, layout(KvFormats.F16, KvFormats.F16, 128, 128, 16));
        assertThat(plan).isEqualTo(
                new AttentionPlan(AttentionPlan.Way.DECODE, "attention_decode_f16_128", 49, 8, 0, 1));
    }

    @Test
    void manyRowsShareTheGpuAndLargeGroupsTakeSeveralPasses() {
        KvLayout layout = layout(KvFormats.BF16, KvFormats.BF16, 64, 64, 16);
        assertThat(decode(16, 32, layout)).extracting(AttentionPlan::gridX, AttentionPlan::gridY)
                .containsExactly(3, 128);
        assertThat(decode(16, 8 * 17, layout)).extracting(AttentionPlan::gridX, AttentionPlan::gridY,
                AttentionPlan::passes).containsExactly(1, 256, 2);
    }

    @Test
    void stepsOfFewRowsAreDecodedHoweverTheyAreSpread() {
        KvLayout layout = layout(KvFormats.F16, KvFormats.F16, 128, 128, 16);
        for (int longest : new int[]{1, 7, 16}) {
            var step = new AttentionPlan.Step(16, longest, 3);
            assertThat(AttentionPlan.of(step, layout, spec(32, layout), Compute.BF16, MULTIPROCESSORS).way())
                    .isEqualTo(AttentionPlan.Way.DECODE);
        }
        var batch = new AttentionPlan.Step(64, 1, 64);
        assertThat(AttentionPlan.of(batch, layout, spec(32, layout), Compute.BF16, MULTIPROCESSORS).way())
                .isEqualTo(AttentionPlan.Way.DECODE);
    }

    @Test
    void whatWideLoadsCannotReadIsDecodedElementByElement() {
        for (KvLayout layout : new KvLayout[]{layout(KvFormats.F16, KvFormats.F16, 20, 20, 16),
                layout(KvFormats.F16, KvFormats.BF16, 64, 64, 16), layout(KvFormats.F16, KvFormats.F16, 64, 33, 16),
                layout(KvFormats.F32, KvFormats.F32, 64, 64, 4)}) {
            assertThat(decode(2, 8, layout).kernel()).isEqualTo("attention_decode_any");
        }
        assertThat(decode(2, 8, layout(KvFormats.F32, KvFormats.F32, 192, 128, 8)).kernel())
                .isEqualTo("attention_decode_f32_256");
    }

    @Test
    void tensorCoresAreUsedOnlyWhereRoundingIsAllowedAndFormatsFit() {
        assertThat(prefill(layout(KvFormats.F16, KvFormats.F16, 128, 128, 16), Compute.BF16)).isEqualTo(
                new AttentionPlan(AttentionPlan.Way.TENSOR_CORES, "attention_mma_f16_128", 128, 1, 64 << 10, 1));
        assertThat(prefill(layout(KvFormats.BF16, KvFormats.BF16, 256, 256, 16), Compute.BF16)).isEqualTo(
                new AttentionPlan(AttentionPlan.Way.TENSOR_CORES, "attention_mma_bf16_256", 128, 1, 96 << 10, 1));
        for (KvLayout layout : new KvLayout[]{layout(KvFormats.F32, KvFormats.F32, 128, 128, 16),
                layout(KvFormats.F16, KvFormats.BF16, 128, 128, 16), layout(KvFormats.F16, KvFormats.F16, 128, 64, 16),
                layout(KvFormats.F16, KvFormats.F16, 20, 20, 16)}) {
            assertThat(prefill(layout, Compute.BF16).way()).isEqualTo(AttentionPlan.Way.TILES);
        }
        assertThat(prefill(layout(KvFormats.F16, KvFormats.F16, 128, 128, 16), Compute.F32)).isEqualTo(
                new AttentionPlan(AttentionPlan.Way.TILES, "attention_prefill_128", 128, 1, 84992, 1));
    }

    @Test
    void largeHeadsTakeHalfTilesAndStayWithinSmallGpus() {
        AttentionPlan plan = prefill(layout(KvFormats.F32, KvFormats.F32, 250, 250, 16), Compute.F32);
        assertThat(plan).isEqualTo(
                new AttentionPlan(AttentionPlan.Way.TILES, "attention_prefill_256", 256, 1, 71168, 1));
    }

    @Test
    void refusesHeadsThatNoKernelTakes() {
        KvLayout layout = layout(KvFormats.F16, KvFormats.F16, 264, 264, 16);
        assertThatThrownBy(() -> decode(1, 8, layout)).isInstanceOf(DeviceException.class)
                .hasMessageStartingWith("PIN-CUDA-HEADDIM").hasMessageContaining("264");
    }

    @Test
    void fourElementsAtATimeNeedEntriesOfFours() {
        assertThat(KvKernels.elementsOfThread(layout(KvFormats.F16, KvFormats.F16, 20, 12, 16))).isEqualTo(4);
        assertThat(KvKernels.elementsOfThread(layout(KvFormats.F16, KvFormats.F16, 20, 33, 16))).isEqualTo(1);
        assertThat(KvKernels.elementsOfThread(layout(KvFormats.F16, KvFormats.F16, 33, 12, 16))).isEqualTo(1);
    }
}
