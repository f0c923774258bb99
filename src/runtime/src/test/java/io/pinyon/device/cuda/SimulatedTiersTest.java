/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

import io.pinyon.device.FarAttention;
import io.pinyon.device.KvPageException;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.error.MemoryException;
import io.pinyon.error.PinyonException;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Pages that move while streams run in any order that events allow: attention always reads the bytes that were stored. */
class SimulatedTiersTest {
    private static final Tier[] TIERS = {Tier.DEVICE, Tier.HOST, Tier.DISK};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void attentionReadsWhatWasStoredWhereverItLies(int run) {
        try (var s = new TierSimulation("random", run)) {
            randomSteps(s);
        }
    }

    private static void randomSteps(TierSimulation s) {
        s.openTiers(1 + s.random.nextInt(3));
        try (KvTable table = s.device.allocateKvTable(TierSimulation.LAYERS, TierSimulation.MAX_ROWS)) {
            for (int i = 0; i < 3; i++) {
                s.cache();
            }
            for (int i = 0; i < 150; i++) {
                randomMove(s);
                List<TierSimulation.Cache> chosen = new ArrayList<>(s.caches);
                Collections.shuffle(chosen, s.random);
                chosen = chosen.subList(0, 1 + s.random.nextInt(s.caches.size()));
                List<Integer> layers = new ArrayList<>(List.of(0, 1, 2));
                if (s.random.nextInt(8) == 0) {
                    Collections.shuffle(layers, s.random);
                }
                s.step(table, chosen, chosen.stream().map(_ -> 1 + s.random.nextInt(4)).toList(), layers);
                randomTruncation(s);
            }
            s.caches.forEach(cache -> cache.pages().forEach(s::requireBytes));
        }
        assertThat(s.farRounds).isGreaterThan(100);
    }

    private static void randomMove(TierSimulation s) {
        for (int i = s.random.nextInt(3); i > 0; i--) {
            Tier target = TIERS[s.random.nextInt(TIERS.length)];
            List<TierSimulation.Expected> all = new ArrayList<>(
                    s.caches.stream().flatMap(cache -> cache.pages().stream()).toList());
            Collections.shuffle(all, s.random);
            s.move(all.subList(0, Math.min(all.size(), s.random.nextInt(12))), target);
            if (!all.isEmpty() && s.random.nextInt(4) == 0) {
                s.requireBytes(all.getFirst());
            }
        }
    }

    private static void randomTruncation(TierSimulation s) {
        TierSimulation.Cache cache = s.caches.get(s.random.nextInt(s.caches.size()));
        if (s.random.nextInt(6) == 0 && cache.length > 0) {
            cache.length = s.random.nextInt(cache.length);
            for (List<TierSimulation.Expected> pages : cache.layers) {
                while (pages.size() > Math.ceilDiv(cache.length, TierSimulation.PAGE_TOKENS)) {
                    pages.removeLast().page.close();
                }
            }
            cache.changed();
        }
    }

    @Test
    void aRefusedMoveLeavesEverythingWhereItWas() {
        try (var s = new TierSimulation("aRefusedMoveLeavesEverythingWhereItWas")) {
            s.openTiers(2);
            try (KvTable table = s.device.allocateKvTable(TierSimulation.LAYERS, TierSimulation.MAX_ROWS)) {
                TierSimulation.Cache cache = s.cache();
                for (int i = 0; i < 8; i++) {
                    s.step(table, List.of(cache), List.of(4), List.of(0, 1, 2));
                }
                List<TierSimulation.Expected> pages = cache.pages();
                s.store.capacity(5);
                refuse(s, pages, Tier.DISK, "PIN-KV-DISKFULL", Tier.DEVICE);
                assertThat(s.store.used()).isZero();
                s.device.memory().limit(Tier.HOST, s.device.memory().snapshot().bytes(Purpose.STAGING));
                refuse(s, pages, Tier.HOST, "PIN-MEMORY-BUDGET", Tier.DEVICE);
                s.store.capacity(100);
                s.move(pages, Tier.DISK);
                s.device.memory().limit(Tier.DEVICE, 0);
                refuse(s, pages, Tier.DEVICE, "PIN-MEMORY-BUDGET", Tier.DISK);
                s.device.memory().limit(Tier.DEVICE, 1 << 30);
                s.store.lose(slot(pages.get(3)));
                assertThatThrownBy(() -> s.device.move(pages.stream().map(e -> e.page).toList(), Tier.DEVICE))
                        .isInstanceOfSatisfying(KvPageException.class,
                                e -> assertThat(e.page()).isSameAs(pages.get(3).page))
                        .hasMessageStartingWith("PIN-KV-CHECKSUM");
                assertThat(pages).allMatch(expected -> expected.page.tier() == Tier.DISK);
                s.move(List.of(pages.get(2)), Tier.DEVICE);
                s.requireBytes(pages.get(2));
                s.requireBytes(pages.get(4));
            }
        }
    }

    private static int slot(TierSimulation.Expected expected) {
        return ((CudaPage.OnDisk) CudaPage.of(expected.page).place()).slot();
    }

    private static void refuse(TierSimulation s, List<TierSimulation.Expected> pages, Tier target, String code,
            Tier stay) {
        assertThatThrownBy(() -> s.device.move(pages.stream().map(e -> e.page).toList(), target))
                .isInstanceOf(MemoryException.class).hasMessageStartingWith(code);
        assertThat(pages).allMatch(expected -> expected.page.tier() == stay);
        pages.forEach(s::requireBytes);
    }

    @Test
    void refusedPageLockedMemoryIsSaid() {
        try (var s = new TierSimulation("page-locked")) {
            s.device.openTiers(new KvTiers(1 << 20, FarAttention.FETCH, Optional.empty()));
            TierSimulation.Cache cache = s.cache();
            s.reserve(cache, 12);
            s.simulated.hostLimit = 1 << 20;
            refuse(s, cache.pages(), Tier.HOST, "PIN-MEMORY-HOST", Tier.DEVICE);
            s.simulated.hostLimit = Long.MAX_VALUE;
            s.move(cache.pages(), Tier.HOST);
            refused("PIN-KV-TIERS", () -> s.move(cache.pages(), Tier.DISK));
        }
    }

    @Test
    void aLostPageStopsTheStepAndNothingElse() {
        try (var s = new TierSimulation("aLostPageStopsTheStepAndNothingElse")) {
            s.openTiers(1);
            try (KvTable table = s.device.allocateKvTable(TierSimulation.LAYERS, TierSimulation.MAX_ROWS)) {
                TierSimulation.Cache cache = s.cache();
                for (int i = 0; i < 6; i++) {
                    s.step(table, List.of(cache), List.of(4), List.of(0, 1, 2));
                }
                s.move(cache.pages().stream().filter(e -> cache.pages().indexOf(e) % 6 < 5).toList(), Tier.DISK);
                TierSimulation.Expected lost = cache.layers.get(2).get(2);
                s.store.lose(slot(lost));
                for (int i = 0; i < 2; i++) {
                    assertThatThrownBy(() -> s.step(table, List.of(cache), List.of(1), List.of(0, 1, 2)))
                            .isInstanceOfSatisfying(KvPageException.class,
                                    e -> assertThat(e.page()).isSameAs(lost.page))
                            .hasMessageStartingWith("PIN-KV-CHECKSUM");
                }
                cache.length = 2 * TierSimulation.PAGE_TOKENS;
                cache.layers.forEach(pages -> {
                    while (pages.size() > 2) {
                        pages.removeLast().page.close();
                    }
                });
                cache.changed();
                s.step(table, List.of(cache), List.of(3), List.of(0, 1, 2));
                s.step(table, List.of(cache), List.of(1), List.of(0, 1, 2));
                assertThat(table.local()).isFalse();
            }
        }
    }

    @Test
    void whatNeedsLocalPagesSaysSo() {
        try (var s = new TierSimulation("whatNeedsLocalPagesSaysSo")) {
            assertThatThrownBy(() -> s.device.move(List.of(), Tier.HOST)).hasMessageStartingWith("PIN-KV-TIERS");
            s.openTiers(2);
            assertThatThrownBy(() -> s.openTiers(2)).hasMessageStartingWith("PIN-KV-TIERS");
            try (KvTable table = s.device.allocateKvTable(TierSimulation.LAYERS, TierSimulation.MAX_ROWS)) {
                TierSimulation.Cache cache = s.cache();
                s.step(table, List.of(cache), List.of(4), List.of(0, 1, 2));
                s.step(table, List.of(cache), List.of(3), List.of(0, 1, 2));
                TierSimulation.Expected page = cache.layers.get(0).get(1);
                page.page.label(new byte[]{7, 8});
                s.move(List.of(page), Tier.DISK);
                assertThat(s.store.label(slot(page))).containsExactly(7, 8);
                refused("PIN-OP-TIER", () -> s.device.copyPage(page.page, cache.layers.get(0).get(0).page));
                refused("PIN-OP-TIER",
                        () -> s.device.write(page.page, MemorySegment.ofArray(new byte[TierSimulation.PAGE_BYTES])));
                refused("PIN-OP-TIER", () -> DeviceKvTable.layerOf(table.layer(0)));
                s.device.write(table, 1, List.of(new KvSpan(cache.views, 0, 1, 6)));
                refused("PIN-OP-TIER", () -> DeviceKvTable.layerOf(table.layer(0)).requireWritable("storeKv"));
                DeviceKvTable.layerOf(table.layer(1)).requireWritable("storeKv");
                refused("PIN-OP-TIER", () -> DeviceKvTable.layerOf(table.layer(0)).requireLocal("partial attention"));
            }
            refused("PIN-DEVICE-BUSY", s.device::close);
        }
    }

    private static void refused(String code, Runnable call) {
        assertThatThrownBy(call::run).isInstanceOf(PinyonException.class).hasMessageStartingWith(code);
    }

    @Test
    void pagesThatMoveTogetherAreCopiedTogether() {
        try (var s = new TierSimulation("pagesThatMoveTogetherAreCopiedTogether")) {
            s.openTiers(2);
            TierSimulation.Cache cache = s.cache();
            s.reserve(cache, 40);
            List<TierSimulation.Expected> pages = cache.pages();
            int before = s.simulated.copies();
            s.move(pages, Tier.HOST);
            assertThat(s.simulated.copies() - before).isEqualTo(1);
            s.move(pages, Tier.DEVICE);
            assertThat(s.simulated.copies() - before).isEqualTo(2);
        }
    }
}
