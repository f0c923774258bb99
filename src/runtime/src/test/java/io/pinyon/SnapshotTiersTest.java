/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.pinyon.device.contract.Seeds;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Where pages lie does not show in a snapshot, and one can be opened into any place. */
class SnapshotTiersTest {
    private static final String CODEC = "codec=f16/bf16:page=16";
    private static final String PLACE = "place=tiers:device=0%,host=20%";

    @TempDir
    private Path folder;

    private static List<Float> logits(Session session, int[] tokens) {
        List<Float> all = new ArrayList<>();
        session.logits(tokens, (_, _, logits) -> {
            for (float logit : logits) {
                all.add(logit);
            }
        });
        return all;
    }

    private static SessionOptions options(String kv) {
        return SessionOptions.asSaved().withKv(kv).withContextLength(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "cpu"})
    void pagesOnDiskAreSavedAndOpened(String device) throws IOException {
        int[] tokens = Seeds.random("tiers", device).ints(300, 3, 160).toArray();
        int[] next = Seeds.random("next", device).ints(20, 3, 160).toArray();
        Path near = folder.resolve("near.kv");
        Path far = folder.resolve("far.kv");
        ModelOptions options = ModelOptions.defaults().withDevice(device).withThreads(2).withPrefillChunk(32)
                .withKvFile(folder.resolve("pages"));
        try (Model model = Pinyon.load(TinyModel.in(folder), options)) {
            try (Session resident = model.session(options(CODEC));
                    Session placed = model.session(options(CODEC + "; " + PLACE))) {
                resident.append(tokens);
                resident.save(near);
                placed.append(tokens);
                assertThat(placed.kv().bytesByTier().get(Tier.DISK)).isPositive();
                placed.save(far);
                assertThat(Files.mismatch(near, far)).isEqualTo(-1);
                try (Session opened = model.open(near, options(PLACE))) {
                    assertThat(opened.kv().spec()).contains(PLACE);
                    assertThat(opened.kv().bytesByTier().get(Tier.DISK))
                            .isEqualTo(placed.kv().bytesByTier().get(Tier.DISK));
                    List<Float> expected = logits(resident, next);
                    assertThat(logits(opened, next)).isEqualTo(expected);
                    assertThat(logits(placed, next)).isEqualTo(expected);
                }
            }
            assertThat(model.memory().bytes(Purpose.KV)).isZero();
        }
    }
}
