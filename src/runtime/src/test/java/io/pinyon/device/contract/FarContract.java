/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages in the memory of the host of an accelerator: nothing waits here but what has to. */
public interface FarContract extends DeviceSupplier {
    private static KvLayout layout(KvFormat format) {
        return new KvLayout(format, format, 2, 64, 64, 16);
    }

    private static AttentionSpec spec(int window) {
        return new AttentionSpec(8, 2, 64, 64, 0.125f, 0, window);
    }

    private static void open(Lab lab, int pages, FarAttention far) {
        lab.device().openTiers(new KvTiers(pages * layout(KvFormats.F32).pageBytes(), far, Optional.empty()));
    }

    @ParameterizedTest
    @EnumSource
    default void everyLayerComesInGroupsOfOnePage(FarAttention far) {
        Random random = Seeds.random("groups of one", far);
        var specs = List.of(spec(0), spec(100), spec(0), spec(0));
        try (Lab lab = lab(); KvTable table = lab.device().allocateKvTable(specs.size(), 120)) {
            open(lab, 1, far);
            List<List<Sequence>> layers = IntStream.range(0, specs.size()).mapToObj(_ -> {
                var one = new Sequence(lab, layout(KvFormats.F32), 330, random);
                var other = new Sequence(lab, layout(KvFormats.F32), 200, random);
                one.store(0, 330);
                other.store(0, 200);
                lab.device().move(one.view().pages().subList(0, 17), Tier.HOST);
                lab.device().move(other.view().pages().subList(3, 9), Tier.HOST);
                return List.of(one, other);
            }).toList();
            for (int count : new int[]{1, 1, 7, 40}) {
                List<List<AttentionCheck.Part>> parts = layers.stream()
                        .map(pair -> List.of(new AttentionCheck.Part(pair.get(0), 330 - count, count),
                                new AttentionCheck.Part(pair.get(1), 200 - count, count)))
                        .toList();
                lab.device().write(table, AttentionCheck.rows(parts.getFirst()), AttentionCheck.spans(parts));
                for (int i = 0; i < specs.size(); i++) {
                    AttentionCheck.run(lab, table.layer(i), specs.get(i), parts.get(i), 1, random);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    default void everyPageMayBeFar(FarAttention far) {
        Random random = Seeds.random("all far", far);
        for (KvFormat format : KvFormats.all()) {
            try (Lab lab = lab()) {
                open(lab, 4, far);
                var sequence = new Sequence(lab, layout(format), 100, random);
                sequence.store(0, 100);
                lab.device().move(sequence.view().pages(), Tier.HOST);
                AttentionCheck.run(lab, spec(0), List.of(new AttentionCheck.Part(sequence, 99, 1)), random);
                AttentionCheck.run(lab, spec(0), List.of(new AttentionCheck.Part(sequence, 60, 40)), random);
                AttentionCheck.run(lab, spec(20), List.of(new AttentionCheck.Part(sequence, 99, 1)), random);
            }
        }
    }

    /** Memory that pages leave is written by the next ops while the copies may still run. */
    @Test
    default void pagesMoveBehindOpsThatAreQueued() {
        Random random = Seeds.random("queued");
        KvLayout large = new KvLayout(KvFormats.F16, KvFormats.F16, 8, 128, 128, 64);
        var spec = new AttentionSpec(8, 8, 128, 128, 0.1f, 0, 0);
        try (Lab lab = lab()) {
            lab.device().openTiers(new KvTiers(16 * large.pageBytes(), FarAttention.FETCH, Optional.empty()));
            List<Sequence> sequences = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                var sequence = new Sequence(lab, large, 300, random);
                sequence.store(0, 300);
                lab.device().move(sequence.view().pages(), Tier.HOST);
                sequences.add(sequence);
                if (i % 2 == 1) {
                    List<KvPage> back = sequences.get(i / 2).view().pages();
                    lab.device().move(back, lab.device().tier());
                    lab.device().move(sequence.view().pages().subList(2, 4), lab.device().tier());
                }
            }
            for (Sequence sequence : sequences) {
                AttentionCheck.run(lab, spec, List.of(new AttentionCheck.Part(sequence, 299, 1)), random);
            }
        }
    }
}
