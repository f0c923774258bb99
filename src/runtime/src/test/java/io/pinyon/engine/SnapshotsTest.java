/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.device.KvLayout;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.Fingerprint;
import io.pinyon.kv.KvPool;
import io.pinyon.kv.place.Placement;
import io.pinyon.kv.snapshot.SnapshotFile;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Sequences of one file share its pages where sequences share prefixes. */
class SnapshotsTest {
    private static final int[] TOKENS = IntStream.range(0, 30).map(i -> i * 7 % 50).toArray();
    /** Tokens of a page. */
    private static final int PAGE = 4;

    @TempDir
    private Path folder;

    @Test
    void manySequencesOfOneFileHoldItOnce() {
        try (CountingModel model = new CountingModel();
                KvPool pool = new KvPool(model.device(),
                        new KvPool.Options(Tier.HOST, true, 0, 0, "counting"));
                Engine engine = new Engine(model, 8)) {
            List<KvLayout> layouts = model.kvLayouts(KvFormats.F16, KvFormats.F16, PAGE);
            var snapshots = new Snapshots(engine, model.device(), "counting",
                    () -> Fingerprint.of(new byte[Fingerprint.BYTES]));
            Path file = folder.resolve("sequence.kv");
            try (Sequence origin = engine.open(() -> pool.open(layouts, Placement.DEVICE, 100))) {
                assertThat(engine.prefill(origin, TOKENS, new Cancellation(), new float[0])).isTrue();
                assertThat(snapshots.save(origin, file, "codec=f16:page=4", "", new Cancellation())).isTrue();
            }
            assertThat(model.device().memory().snapshot().bytes(Purpose.KV)).isZero();
            List<Sequence> restored = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                try (SnapshotFile saved = SnapshotFile.open(file)) {
                    restored.add(snapshots.restore(saved, () -> pool.open(layouts, Placement.DEVICE, 100)));
                }
                assertThat(restored.getLast().tokens()).isEqualTo(TOKENS);
                assertThat(restored.getLast().committed()).isEqualTo(TOKENS.length);
                pool.checkIntegrity();
            }
            long pagesOfAll = layouts.size() * layouts.getFirst().pageBytes();
            assertThat(model.device().memory().snapshot().bytes(Purpose.KV))
                    .isEqualTo((TOKENS.length / PAGE + restored.size()) * pagesOfAll);
            restored.forEach(engine::close);
            assertThat(model.device().memory().snapshot().bytes(Purpose.KV)).isZero();
        }
    }
}
