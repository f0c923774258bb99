/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.snapshot;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.contract.Seeds;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.EngineException;
import io.pinyon.error.ModelFileException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.Fingerprint;
import io.pinyon.kv.KvCache;
import io.pinyon.kv.PagedKvCache;
import io.pinyon.memory.Purpose;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Caches whose layers have pages of different sizes, in a file and back. */
class SnapshotFileTest {
    private static final List<KvLayout> LAYOUTS = List.of(
            new KvLayout(KvFormats.F16, KvFormats.BF16, 2, 8, 4, 16),
            new KvLayout(KvFormats.F32, KvFormats.F16, 1, 8, 8, 64),
            new KvLayout(KvFormats.BF16, KvFormats.F32, 3, 2, 6, 1));
    private static final Fingerprint MODEL = Fingerprint.of(new byte[Fingerprint.BYTES]);

    private final Device device = new ScalarDevice(DeviceOptions.defaults());

    @TempDir
    private Path folder;

    @AfterEach
    void nothingIsLeft() {
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isZero();
        assertThat(device.memory().snapshot().bytes(Purpose.STAGING)).isZero();
        device.close();
    }

    private KvCache cache() {
        return new PagedKvCache(device, LAYOUTS, 300);
    }

    private static SnapshotHead head(int committed, String note) {
        return new SnapshotHead(MODEL, "name", "codec=f16/f16:page=64", note, 300,
                IntStream.range(0, committed + 2).toArray(), committed, LayerLayout.of(LAYOUTS));
    }

    private void fill(KvCache cache, int tokens, Random random) {
        cache.reserve(tokens);
        for (int layer = 0; layer < LAYOUTS.size(); layer++) {
            for (KvPage page : cache.view(layer).pages()) {
                byte[] noise = new byte[Math.toIntExact(page.bytes())];
                random.nextBytes(noise);
                try (Arena arena = Arena.ofConfined()) {
                    device.write(page, arena.allocateFrom(ValueLayout.JAVA_BYTE, noise));
                }
            }
        }
        cache.commit(tokens);
    }

    private byte[] bytes(KvPage page) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment image = arena.allocate(page.bytes());
            device.read(page, image);
            return image.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private void sameEntries(KvCache actual, KvCache expected) {
        for (int layer = 0; layer < LAYOUTS.size(); layer++) {
            KvLayout layout = LAYOUTS.get(layer);
            for (int entry = 0; entry < expected.length(); entry++) {
                byte[] left = bytes(actual.view(layer).pages().get(entry / layout.pageTokens()));
                byte[] right = bytes(expected.view(layer).pages().get(entry / layout.pageTokens()));
                for (int head = 0; head < layout.kvHeads(); head++) {
                    int slot = entry % layout.pageTokens();
                    same(left, right, layout.keyOffset(head, slot), layout.keyFormat().entryBytes(layout.keyDim()));
                    same(left, right, layout.valueOffset(head, slot),
                            layout.valueFormat().entryBytes(layout.valueDim()));
                }
            }
        }
    }

    private static void same(byte[] left, byte[] right, long offset, int length) {
        for (int i = (int) offset; i < offset + length; i++) {
            assertThat(left[i]).isEqualTo(right[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 63, 64, 65, 128, 200})
    void layersMayDiffer(int tokens) throws IOException {
        Path file = folder.resolve("a.kv");
        try (KvCache cache = cache(); KvCache restored = cache()) {
            fill(cache, tokens, Seeds.random("layers", tokens));
            new SnapshotWriter(cache, device, Runnable::run).write(file, head(tokens, "ü"));
            try (SnapshotFile snapshot = SnapshotFile.open(file)) {
                assertThat(snapshot.bytes()).isEqualTo(Files.size(file)).satisfies(size -> {
                    assertThat(size % 4096).isZero();
                });
                assertThat(snapshot.head().note()).isEqualTo("ü");
                assertThat(snapshot.head().tokens()).hasSize(tokens + 2);
                snapshot.requireModel(MODEL, "name");
                snapshot.requireFit(LAYOUTS, 300);
                snapshot.restore(restored, device, Runnable::run);
            }
            assertThat(restored.length()).isEqualTo(tokens);
            restored.checkIntegrity();
            sameEntries(restored, cache);
        }
    }

    @Test
    void whatIsNotUsedIsZero() throws IOException {
        Path first = folder.resolve("a.kv");
        Path second = folder.resolve("b.kv");
        try (KvCache cache = cache()) {
            fill(cache, 100, Seeds.random("zero"));
            cache.truncate(70);
            new SnapshotWriter(cache, device, Runnable::run).write(first, head(70, ""));
            try (KvCache restored = cache(); SnapshotFile snapshot = SnapshotFile.open(first)) {
                snapshot.restore(restored, device, Runnable::run);
                new SnapshotWriter(restored, device, Runnable::run).write(second, head(70, ""));
                byte[] last = bytes(restored.view(1).pages().getLast());
                for (int slot = 70 - 64; slot < 64; slot++) {
                    assertThat(last[(int) LAYOUTS.get(1).keyOffset(0, slot)]).isZero();
                    assertThat(last[(int) LAYOUTS.get(1).valueOffset(0, slot)]).isZero();
                }
            }
        }
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    }

    @Test
    void removedRangesAreRefusedUntilThereIsACacheForThem() throws IOException {
        Path file = folder.resolve("a.kv");
        try (KvCache cache = cache()) {
            fill(cache, 20, Seeds.random("removed"));
            new SnapshotWriter(cache, device, Runnable::run).write(file, head(20, ""));
        }
        HeadBytes.edit(file, bytes -> bytes.putInt(80, 1));
        assertThatThrownBy(() -> SnapshotFile.open(file).close()).isInstanceOf(ModelFileException.class)
                .hasMessageStartingWith("PIN-SNAPSHOT-VERSION: ").hasMessageContaining("1 removed range");
    }

    @Test
    void aCacheWithGapsIsNotWritten() {
        Path file = folder.resolve("a.kv");
        try (KvCache cache = cache()) {
            fill(cache, 80, Seeds.random("gaps"));
            assertThatThrownBy(() -> new SnapshotWriter(cache, device, Runnable::run).write(file, head(64, "")))
                    .isInstanceOf(UsageException.class).hasMessageStartingWith("PIN-SNAPSHOT-REMOVED: ");
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void whatEndsInTheMiddleLeavesNothing() throws IOException {
        Path file = folder.resolve("a.kv");
        try (KvCache cache = cache()) {
            fill(cache, 100, Seeds.random("middle"));
            int[] left = {5};
            Exclusion failing = work -> {
                if (left[0]-- == 0) {
                    throw new EngineException("PIN-TEST", "a page is gone", "try again");
                }
                work.run();
            };
            assertThatThrownBy(() -> new SnapshotWriter(cache, device, failing).write(file, head(100, "")))
                    .isInstanceOf(EngineException.class).hasMessageStartingWith("PIN-TEST");
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aNoteMayNotBeAsLongAsItLikes() {
        String longest = "x".repeat(64 << 20);
        Path file = folder.resolve("a.kv");
        try (KvCache cache = cache()) {
            var writer = new SnapshotWriter(cache, device, Runnable::run);
            assertThatThrownBy(() -> writer.write(file, head(0, longest + "x"))).isInstanceOf(UsageException.class)
                    .hasMessageStartingWith("PIN-SNAPSHOT-NOTE: ");
            writer.write(file, head(0, longest));
            try (SnapshotFile snapshot = SnapshotFile.open(file)) {
                assertThat(snapshot.head().note()).isEqualTo(longest);
            }
        }
    }
}
