/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.Tensor;
import io.pinyon.device.contract.Seeds;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Purpose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Random steps on a cache and on a plain list of what was stored, which must agree after each. */
class PagedKvCacheModelTest {
    private static final int CAPACITY = 150;
    private static final List<KvLayout> LAYOUTS = List.of(new KvLayout(KvFormats.F32, KvFormats.F32, 1, 1, 1, 16),
            new KvLayout(KvFormats.F32, KvFormats.F32, 1, 1, 1, 4));
    private static final AttentionSpec OWN_ENTRY = new AttentionSpec(1, 1, 1, 1, 1, 0, 1);

    private final List<Float> stored = new ArrayList<>();
    private int reserved;
    private int refusals;

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 900})
    void agreesWithAList(long memoryLimit) {
        Random random = Seeds.random("kv model", memoryLimit);
        try (Device device = new ScalarDevice(DeviceOptions.defaults().withMemoryLimit(memoryLimit))) {
            try (var cache = new PagedKvCache(device, LAYOUTS, CAPACITY)) {
                for (int step = 0; step < 3000; step++) {
                    switch (random.nextInt(4)) {
                        case 0 -> reserve(cache, random.nextInt(random.nextInt(8) == 0 ? 2 * CAPACITY : 12));
                        case 1, 2 -> storeAndCommit(cache, device, random);
                        default -> truncate(cache, random);
                    }
                    compare(cache, device);
                }
            }
            assertThat(device.memory().snapshot().items()).allMatch(item -> item.bytes() == 0);
        }
        assertThat(refusals).isPositive();
    }

    private void reserve(PagedKvCache cache, int tokens) {
        List<List<KvPage>> before = List.of(cache.view(0).pages(), cache.view(1).pages());
        try {
            cache.reserve(tokens);
            assertThat(stored.size() + tokens).isLessThanOrEqualTo(CAPACITY);
            reserved = Math.max(reserved, stored.size() + tokens);
        } catch (UsageException e) {
            assertThat(e.code()).isEqualTo("PIN-KV-CONTEXT");
            assertThat(stored.size() + tokens).isGreaterThan(CAPACITY);
            refusals++;
        } catch (MemoryException e) {
            assertThat(List.of(cache.view(0).pages(), cache.view(1).pages())).isEqualTo(before);
            refusals++;
        }
    }

    private void storeAndCommit(PagedKvCache cache, Device device, Random random) {
        int room = reserved - stored.size();
        int count = room == 0 ? 0 : random.nextInt(room + 1);
        if (count > 0) {
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = random.nextFloat();
                stored.add(values[i]);
            }
            for (int layer = 0; layer < LAYOUTS.size(); layer++) {
                var span = new KvSpan(List.of(cache.view(layer)), 0, count, cache.length());
                // the limit is for pages; steps bring their activations from elsewhere
                try (Device scratch = new ScalarDevice(DeviceOptions.defaults());
                        Tensor rows = scratch.upload(values, count);
                        KvTable table = device.allocateKvTable(1, count)) {
                    device.write(table, count, List.of(span));
                    device.ops().storeKv(rows, rows, table.layer(0));
                }
            }
        }
        cache.commit(count);
    }

    private void truncate(PagedKvCache cache, Random random) {
        int length = random.nextInt(stored.size() + 1);
        cache.truncate(length);
        stored.subList(length, stored.size()).clear();
        reserved = length;
    }

    private void compare(PagedKvCache cache, Device device) {
        cache.checkIntegrity();
        assertThat(cache.length()).isEqualTo(stored.size());
        long bytes = 0;
        for (int layer = 0; layer < LAYOUTS.size(); layer++) {
            KvLayout layout = LAYOUTS.get(layer);
            int pages = (reserved + layout.pageTokens() - 1) / layout.pageTokens();
            assertThat(cache.view(layer).pages()).hasSize(pages);
            bytes += pages * layout.pageBytes();
            assertThat(contents(cache, device, layer)).isEqualTo(stored);
        }
        assertThat(cache.bytes()).isEqualTo(bytes);
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isEqualTo(bytes);
    }

    /** All committed values, read by queries that see nothing but their own entry. */
    private static List<Float> contents(PagedKvCache cache, Device device, int layer) {
        if (cache.length() == 0) {
            return List.of();
        }
        float[] values = new float[cache.length()];
        try (Device scratch = new ScalarDevice(DeviceOptions.defaults());
                Tensor queries = scratch.allocate(values.length, 1);
                Tensor out = scratch.allocate(values.length, 1);
                KvTable table = device.allocateKvTable(1, values.length)) {
            device.write(table, values.length,
                    List.of(new KvSpan(List.of(cache.view(layer)), 0, values.length, 0)));
            device.ops().attention(queries, table.layer(0), OWN_ENTRY, out);
            scratch.read(out, values, 0);
        }
        List<Float> contents = new ArrayList<>();
        for (float value : values) {
            contents.add(value);
        }
        return contents;
    }
}
