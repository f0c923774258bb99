/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.DeviceInfo;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.device.KvView;
import io.pinyon.device.contract.Seeds;
import io.pinyon.device.support.Ownership;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Tier;

import static org.assertj.core.api.Assertions.assertThat;

/** Caches on a simulated GPU, and what their pages should hold. */
final class TierSimulation implements AutoCloseable {
    static final int LAYERS = 3;
    static final int MAX_ROWS = 12;
    static final int PAGE_TOKENS = 4;
    private static final KvLayout LAYOUT = new KvLayout(KvFormats.F32, KvFormats.F32, 1, 6, 10, PAGE_TOKENS);
    static final int PAGE_BYTES = Math.toIntExact(LAYOUT.pageBytes());
    private static final int TOKEN_BYTES = PAGE_BYTES / PAGE_TOKENS;

    /** A page and what it should hold: token after token, unlike real ones; 0 where nothing was stored. */
    static final class Expected {
        final KvPage page;
        byte[] bytes = new byte[PAGE_BYTES];

        Expected(KvPage page) {
            this.page = page;
        }
    }

    /** A cache of so many tokens. */
    static final class Cache {
        final List<List<Expected>> layers = new ArrayList<>();
        List<KvView> views = List.of();
        int length;

        Cache() {
            for (int i = 0; i < LAYERS; i++) {
                layers.add(new ArrayList<>());
            }
        }

        void changed() {
            views = layers.stream()
                    .map(pages -> new KvView(LAYOUT, pages.stream().map(expected -> expected.page).toList())).toList();
        }

        List<Expected> pages() {
            return layers.stream().flatMap(List::stream).toList();
        }
    }

    final Random random;
    final SimulatedGpu simulated;
    private final Gpu gpu;
    final CudaDevice device;
    final MapStore store = new MapStore(1000);
    final List<Cache> caches = new ArrayList<>();
    private final List<AttentionSpec> specs;
    private byte nextToken;
    int farRounds;

    TierSimulation(Object... name) {
        random = Seeds.random(name);
        simulated = new SimulatedGpu(random, random.nextBoolean());
        gpu = new Gpu(simulated.driver(), 0, List.of());
        device = new CudaDevice(new DeviceInfo("cuda:0", "simulated", 1L << 36), gpu, DeviceOptions.defaults());
        specs = List.of(spec(0), spec(random.nextBoolean() ? 0 : 9), spec(0));
    }

    private static AttentionSpec spec(int window) {
        return new AttentionSpec(2, 1, 6, 10, 1, 0, window);
    }

    void openTiers(int pagesOfGroup) {
        device.openTiers(new KvTiers(pagesOfGroup * GroupBuffers.stride(PAGE_BYTES), FarAttention.FETCH,
                Optional.of(store)));
    }

    @Override
    public void close() {
        caches.forEach(cache -> cache.pages().forEach(expected -> expected.page.close()));
        device.close();
        simulated.close();
        assertThat(store.used()).isZero();
        assertThat(device.memory().snapshot().items()).allMatch(item -> item.bytes() == 0);
    }

    Cache cache() {
        var cache = new Cache();
        cache.changed();
        caches.add(cache);
        return cache;
    }

    /** Makes room for more tokens; the last page comes to the device. */
    void reserve(Cache cache, int tokens) {
        boolean changed = false;
        for (List<Expected> pages : cache.layers) {
            while (pages.size() * PAGE_TOKENS < cache.length + tokens) {
                pages.add(new Expected(device.allocatePage(LAYOUT)));
                changed = true;
            }
            device.move(pages.subList(cache.length / PAGE_TOKENS, pages.size()).stream().map(e -> e.page).toList(),
                    Tier.DEVICE);
        }
        if (changed) {
            cache.changed();
        }
    }

    /** A step of some caches: all layers store and attend. */
    void step(KvTable table, List<Cache> chosen, List<Integer> counts, List<Integer> layers) {
        List<KvSpan> spans = new ArrayList<>();
        int row = 0;
        for (int i = 0; i < chosen.size(); i++) {
            reserve(chosen.get(i), counts.get(i));
            spans.add(new KvSpan(chosen.get(i).views, row, counts.get(i), chosen.get(i).length));
            row += counts.get(i);
        }
        device.write(table, row, spans);
        for (int layer : layers) {
            store(table, layer, chosen, counts);
            attend(table, layer, chosen, counts);
        }
        for (int i = 0; i < chosen.size(); i++) {
            chosen.get(i).length += counts.get(i);
        }
    }

    private void store(KvTable table, int index, List<Cache> chosen, List<Integer> counts) {
        CudaKvTable.CudaLayer layer = DeviceKvTable.layerOf(table.layer(index));
        layer.requireWritable("storeKv");
        for (int s = 0; s < chosen.size(); s++) {
            for (int i = 0; i < counts.get(s); i++) {
                int position = chosen.get(s).length + i;
                Expected page = chosen.get(s).layers.get(index).get(position / PAGE_TOKENS);
                byte token = ++nextToken == 0 ? ++nextToken : nextToken;
                int slot = position % PAGE_TOKENS * TOKEN_BYTES;
                page.bytes = page.bytes.clone();
                Arrays.fill(page.bytes, slot, slot + TOKEN_BYTES, token);
                long list = layer.pageLists() + 8L * s;
                gpu.run(() -> simulated.enqueue(gpu.stream(), () -> simulated
                        .at(simulated.longAt(simulated.longAt(list) + 8L * (position / PAGE_TOKENS)) + slot,
                                TOKEN_BYTES)
                        .fill(token)));
            }
        }
    }

    private void attend(KvTable table, int index, List<Cache> chosen, List<Integer> counts) {
        CudaKvTable.CudaLayer layer = DeviceKvTable.layerOf(table.layer(index));
        AttentionSpec spec = specs.get(index);
        var check = new RoundCheck(simulated, layer.pageLists(), PAGE_TOKENS);
        for (int s = 0; s < chosen.size(); s++) {
            int first = chosen.get(s).length;
            List<byte[]> pages = chosen.get(s).layers.get(index).stream().map(expected -> expected.bytes).toList();
            check.expect(spec.firstVisible(first), first + counts.get(s), pages);
        }
        gpu.run(() -> {
            if (layer.local()) {
                simulated.enqueue(gpu.stream(), () -> check.all());
                return;
            }
            var out = new CudaTensor(0, layer.rows(), 20, new Ownership(() -> {}));
            layer.attendFar((queries, given, with, round, result) -> {
                farRounds++;
                simulated.enqueue(gpu.stream(), () -> check.round(round));
            }, out, spec, out);
        });
    }

    void move(List<Expected> pages, Tier target) {
        device.move(pages.stream().map(expected -> expected.page).toList(), target);
        assertThat(pages).allMatch(expected -> expected.page.tier() == target);
    }

    void requireBytes(Expected expected) {
        MemorySegment image = MemorySegment.ofArray(new byte[PAGE_BYTES]);
        device.read(expected.page, image);
        RoundCheck.requireTokens(expected.bytes, image, PAGE_TOKENS);
    }
}
