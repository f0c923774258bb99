/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.IntTensor;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvView;
import io.pinyon.device.Recording;
import io.pinyon.device.Tensor;
import io.pinyon.format.KvFormats;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Recorded ops, on devices that record; the others must leave it at that. */
public interface RecordingContract extends DeviceSupplier {
    @Test
    default void aRecordingRunsOnWhatLiesThereByThen() {
        Random random = Seeds.random("recording");
        try (Lab lab = lab()) {
            Tensor table = lab.tensor(4, Samples.normal(4 * 8, random));
            IntTensor rows = lab.ints(3, 3);
            Tensor x = lab.poisoned(2, 8);
            Optional<Recording> recording = lab.device().record(() -> {
                lab.ops().gatherRows(table, rows, x);
                lab.ops().add(x, x);
            });
            assertThat(lab.read(x)).as("recorded, not run").containsOnly(Float.NaN);
            for (int first = 0; first < 3 && recording.isPresent(); first++) {
                float[] values = Samples.normal(4 * 8, random);
                lab.device().write(table, values);
                lab.device().write(rows, first, first + 1);
                recording.get().run();
                assertThat(lab.read(x))
                        .isEqualTo(Samples.scaled(Arrays.copyOfRange(values, 8 * first, 8 * first + 16), 2));
            }
            recording.ifPresent(Recording::close);
            recording.ifPresent(Recording::close);
        }
    }

    @Test
    default void aRecordedLayerReadsTheTableOfTheDay() {
        Random random = Seeds.random("recorded layer");
        var layout = new KvLayout(KvFormats.F16, KvFormats.F16, 2, 32, 32, 16);
        var spec = new AttentionSpec(4, 2, 32, 32, 0.2f, 0, 0);
        int length = 100;
        try (Lab lab = lab(); KvTable table = lab.device().allocateKvTable(1, length)) {
            KvView view = lab.view(layout, length);
            Tensor entries = lab.tensor(length, Samples.normal(length * 64, random));
            lab.device().write(table, length, List.of(new KvSpan(List.of(view), 0, length, 0)));
            lab.ops().storeKv(entries, entries, table.layer(0));
            lab.device().write(table, 1, List.of(new KvSpan(List.of(view), 0, 1, 0)));
            Tensor query = lab.tensor(1, Samples.normal(128, random));
            Tensor out = lab.poisoned(1, 128);
            Runnable ops = () -> lab.ops().attention(query, table.layer(0), spec, out);
            ops.run();
            Optional<Recording> recording = lab.device().record(ops);
            for (int position : new int[]{0, 15, 16, 99, 40}) {
                lab.device().write(table, 1, List.of(new KvSpan(List.of(view), 0, 1, position)));
                recording.ifPresentOrElse(Recording::run, ops);
                float[] result = lab.read(out);
                ops.run();
                assertThat(lab.read(out)).as("position " + position).isEqualTo(result);
            }
            recording.ifPresent(Recording::close);
        }
    }
}
