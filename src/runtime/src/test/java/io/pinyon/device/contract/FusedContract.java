/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvView;
import io.pinyon.device.Rope;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.pinyon.device.contract.Tolerances.assertRelative;
import static io.pinyon.device.contract.Tolerances.assertWithin;
import static org.assertj.core.api.Assertions.assertThat;

/** Ops that devices may do at once. */
public interface FusedContract extends DeviceSupplier {
    @Test
    default void aSumIsKeptAndNormalised() {
        Random random = Seeds.random("addRmsNorm");
        try (Lab lab = lab()) {
            for (int dim : Samples.SIZES) {
                int rows = Samples.pick(Samples.ROWS, random);
                float[] x = Samples.rough(rows * dim, random);
                float[] y = Samples.normal(rows * dim, random);
                float[] weight = Samples.normal(dim, random);
                float[] sum = new float[x.length];
                for (int i = 0; i < x.length; i++) {
                    sum[i] = x[i] + y[i];
                }
                Tensor target = lab.tensor(rows, x);
                Tensor summand = lab.tensor(rows, y);
                Tensor out = lab.poisoned(rows, dim);
                lab.ops().addRmsNorm(target, summand, lab.tensor(1, weight), 1e-5f, out);
                String what = "addRmsNorm [%d, %d]".formatted(rows, dim);
                assertThat(lab.read(target)).as(what).isEqualTo(sum);
                assertThat(lab.read(summand)).as(what).isEqualTo(y);
                assertRelative(what, lab.read(out), Reference.rmsNorm(sum, rows, weight, 1e-5f),
                        Tolerances.ELEMENT + Tolerances.dot(dim));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void turnedKeysAreStoredAndQueriesTurned(Rope.Style style) {
        Random random = Seeds.random("ropeAndStore", style);
        for (int headDim : List.of(16, 20, 64, 128)) {
            for (int turned : List.of(headDim, headDim / 4 * 2)) {
                checkTurnedAndStored(style, headDim, turned, random);
            }
        }
    }

    private void checkTurnedAndStored(Rope.Style style, int headDim, int turned, Random random) {
        var spec = new AttentionSpec(6, 2, headDim, 24, (float) (1 / Math.sqrt(headDim)), 0, 0);
        var layout = new KvLayout(KvFormats.F32, KvFormats.F32, 2, headDim, 24, 16);
        int rows = 20; // from position 0 on, across a page edge
        float[] queries = Samples.normal(rows * 6 * headDim, random);
        float[] keys = Samples.normal(rows * 2 * headDim, random);
        float[] values = Samples.normal(rows * 2 * 24, random);
        float[] angles = angles(rows, turned, random);
        double[] turnedQueries = turned(queries, rows, headDim, angles, style);
        double[] turnedKeys = turned(keys, rows, headDim, angles, style);
        try (Lab lab = lab()) {
            KvView view = lab.view(layout, rows);
            var entries = lab.entries(rows + 1, List.of(new KvSpan(List.of(view), 1, rows, 0)));
            Tensor asked = lab.tensor(rows + 1, shifted(queries, rows));
            lab.ops().ropeAndStore(asked, lab.tensor(rows + 1, shifted(keys, rows)),
                    lab.tensor(rows + 1, shifted(values, rows)), headDim,
                    lab.tensor(rows + 1, shifted(angles, rows)), style, entries);
            float[] actual = lab.read(asked.rows(1, rows + 1));
            double[] bounds = new double[actual.length];
            Arrays.fill(bounds, 8 * 6 * Tolerances.ROUNDOFF);
            String what = "%s, %d of %d elements".formatted(style, turned, headDim);
            assertWithin(what, actual, turnedQueries, bounds);
            Tensor out = lab.poisoned(rows + 1, 6 * 24);
            lab.ops().attention(asked, entries, spec, out);
            float[] mixed = lab.read(out.rows(1, rows + 1));
            for (int row = 0; row < rows; row++) {
                for (int head = 0; head < 6; head++) {
                    int q = (row * 6 + head) * headDim;
                    var expected = Reference.attention(floats(Arrays.copyOfRange(turnedQueries, q, q + headDim)),
                            heads(floats(turnedKeys), head / 3, headDim), heads(values, head / 3, 24), row, spec, 0);
                    int o = (row * 6 + head) * 24;
                    assertWithin(what + ", row " + row + ", head " + head, Arrays.copyOfRange(mixed, o, o + 24),
                            expected.values(), Arrays.stream(expected.magnitudes()).map(m -> 2 * m).toArray());
                }
            }
        }
    }

    /** With a row in front that belongs to nobody. */
    private static float[] shifted(float[] values, int rows) {
        int cols = values.length / rows;
        float[] all = new float[values.length + cols];
        System.arraycopy(values, 0, all, cols, values.length);
        return all;
    }

    private static float[] angles(int rows, int turned, Random random) {
        float[] angles = new float[rows * turned];
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < turned / 2; i++) {
                double angle = 2 * Math.PI * random.nextDouble();
                angles[r * turned + i] = (float) Math.cos(angle);
                angles[r * turned + turned / 2 + i] = (float) Math.sin(angle);
            }
        }
        return angles;
    }

    private static double[] turned(float[] x, int rows, int headDim, float[] angles, Rope.Style style) {
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i];
        }
        int pairs = angles.length / rows / 2;
        for (int head = 0; head < x.length; head += headDim) {
            int row = head / (x.length / rows);
            for (int i = 0; i < pairs; i++) {
                int a = head + (style == Rope.Style.NEIGHBOURS ? 2 * i : i);
                int b = style == Rope.Style.NEIGHBOURS ? a + 1 : a + pairs;
                double cos = angles[2 * row * pairs + i];
                double sin = angles[(2 * row + 1) * pairs + i];
                out[a] = x[a] * cos - x[b] * sin;
                out[b] = x[b] * cos + x[a] * sin;
            }
        }
        return out;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Entries of one of two KV heads. */
    private static float[][] heads(float[] rows, int head, int dim) {
        float[][] entries = new float[rows.length / (2 * dim)][];
        for (int r = 0; r < entries.length; r++) {
            entries[r] = Arrays.copyOfRange(rows, (2 * r + head) * dim, (2 * r + head + 1) * dim);
        }
        return entries;
    }
}
