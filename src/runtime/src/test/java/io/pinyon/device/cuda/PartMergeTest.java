/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.Random;

import io.pinyon.device.contract.Seeds;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class PartMergeTest {
    private static final float NONE = Float.NEGATIVE_INFINITY;

    @Test
    void twoPartsAreAsGoodAsOne() {
        Random random = Seeds.random("merge");
        for (int i = 0; i < 200; i++) {
            double[] scores = random.doubles(20, -60, 60).toArray();
            double[] values = random.doubles(20, -3, 3).toArray();
            int cut = random.nextInt(21);
            float[] out = new float[1];
            PartMerge.merge(part(scores, values, 0, cut, Math.log(2)), part(scores, values, cut, 20, 1), 1, out);
            double greatest = -100;
            for (double score : scores) {
                greatest = Math.max(greatest, score);
            }
            double sum = 0;
            double total = 0;
            for (int j = 0; j < 20; j++) {
                total += Math.exp(scores[j] - greatest);
                sum += Math.exp(scores[j] - greatest) * values[j];
            }
            assertThat((double) out[0]).isCloseTo(sum / total, within(1e-4));
        }
    }

    private static PartMerge.Part part(double[] scores, double[] values, int from, int to, double unit) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            greatest = Math.max(greatest, scores[i]);
        }
        double sum = 0;
        double total = 0;
        for (int i = from; i < to; i++) {
            total += Math.exp(scores[i] - greatest);
            sum += Math.exp(scores[i] - greatest) * values[i];
        }
        return new PartMerge.Part(new float[]{(float) sum}, new float[]{(float) (greatest / unit), (float) total});
    }

    @Test
    void nothingOnBothSidesIsZeroAndOtherHeadsAreTheirOwn() {
        float[] out = {7, 7, 7, 7};
        PartMerge.merge(new PartMerge.Part(new float[]{Float.NaN, Float.NaN, 4, 6}, new float[]{NONE, 0, 3, 2}),
                new PartMerge.Part(new float[4], new float[]{NONE, 0, NONE, 0}), 2, out);
        assertThat(out).containsExactly(0, 0, 2, 3);
    }
}
