/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.device.KvView;
import io.pinyon.device.PageStore;
import io.pinyon.device.Tensor;
import io.pinyon.device.contract.MemoryStore;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** How host devices bring pages from disk; that they compute the same with them is in the contract. */
class HostTiersTest {
    private static final KvLayout LAYOUT = new KvLayout(KvFormats.F32, KvFormats.F32, 1, 16, 16, 4);
    private static final int PAGES = 10;
    private static final int LAYERS = 4;
    private static final int TOKENS = PAGES * 4;

    private final MemoryStore store = new MemoryStore();
    private final List<KvView> views = new ArrayList<>();
    private Device device;
    private KvTable table;
    private Tensor query;
    private Tensor out;

    @BeforeEach
    void open() {
        device = new ScalarDevice(DeviceOptions.defaults());
        device.openTiers(new KvTiers(LAYOUT.pageBytes(), FarAttention.AUTO, Optional.of(store)));
        table = device.allocateKvTable(LAYERS, TOKENS);
        query = device.allocate(1, 16);
        out = device.allocate(1, 16);
        float[] entries = new float[TOKENS * 16];
        for (int i = 0; i < LAYERS; i++) {
            List<KvPage> pages = new ArrayList<>();
            for (int p = 0; p < PAGES; p++) {
                pages.add(device.allocatePage(LAYOUT));
            }
            views.add(new KvView(LAYOUT, pages));
        }
        write(0, TOKENS);
        try (Tensor rows = device.upload(entries, TOKENS)) {
            for (int i = 0; i < LAYERS; i++) {
                device.ops().storeKv(rows, rows, table.layer(i));
            }
        }
    }

    @AfterEach
    void close() {
        views.forEach(view -> view.pages().forEach(KvPage::close));
        query.close();
        out.close();
        table.close();
        device.close();
        assertThat(device.memory().snapshot().items()).allMatch(item -> item.bytes() == 0);
        assertThat(store.size()).isZero();
    }

    private void write(int position, int rows) {
        device.write(table, rows, List.of(new KvSpan(views, 0, rows, position)));
    }

    private void attend(int layer, int window) {
        device.ops().attention(query, table.layer(layer), new AttentionSpec(1, 1, 16, 16, 0.25f, 0, window), out);
    }

    private void attendAll() {
        write(TOKENS - 1, 1);
        for (int i = 0; i < LAYERS; i++) {
            attend(i, 0);
        }
    }

    /** So many of the oldest pages of each layer. */
    private void toDisk(int pages) {
        views.forEach(view -> device.move(view.pages().subList(0, pages), Tier.DISK));
    }

    private long staged() {
        return device.memory().snapshot().bytes(Purpose.STAGING);
    }

    @Test
    void stagingIsKeptWhilePagesAreOnDiskAndGivenBackAfterwards() {
        attendAll();
        assertThat(staged()).isZero();
        toDisk(8);
        attendAll();
        long two = 2 * (8 * LAYOUT.pageBytes() * 9 / 8);
        assertThat(staged()).isEqualTo(two);
        attendAll();
        assertThat(staged()).isEqualTo(two);
        toDisk(9);
        attendAll();
        assertThat(staged()).as("what is spare is used").isEqualTo(two);
        toDisk(10 - 1);
        views.forEach(view -> device.move(view.pages(), Tier.HOST));
        assertThat(staged()).isZero();
        attendAll();
        assertThat(staged()).isZero();
        toDisk(2);
        attendAll();
        assertThat(staged()).isPositive();
        views.forEach(view -> view.pages().subList(0, 2).forEach(KvPage::close));
        assertThat(staged()).isZero();
    }

    @Test
    void aClosedTableGivesItsStagingBack() {
        toDisk(3);
        attendAll();
        assertThat(staged()).isPositive();
        table.close();
        assertThat(staged()).isZero();
    }

    @Test
    void theNextLayerIsReadByAnotherThread() {
        toDisk(8);
        attendAll();
        assertThat(store.readers()).containsExactlyInAnyOrder(Thread.currentThread().getName(), "pinyon-kv-reader");
        assertThat(store.takeReads()).as("each page once").isEqualTo(8 * LAYERS);
    }

    @Test
    void anyOrderOfLayersWorks() {
        toDisk(8);
        write(TOKENS - 1, 1);
        for (int layer : new int[]{3, 1, 1, 2, 0, 0, 3, 2, 1, 0}) {
            attend(layer, 0);
        }
        write(TOKENS - 1, 1);
        attend(2, 0);
        store.takeRead();
        attend(2, 0);
        assertThat(store.takeRead()).as("pages of the layer, which are there").doesNotContain(16, 17, 18, 19, 20, 21,
                22,
                23);
    }

    @Test
    void withRoomForOneLayerThereIsNoReadingAhead() {
        toDisk(8);
        long used = device.memory().snapshot().items().stream().filter(item -> item.tier() == Tier.HOST)
                .mapToLong(item -> item.bytes()).sum();
        device.memory().limit(Tier.HOST, used + 12 * LAYOUT.pageBytes());
        attendAll();
        assertThat(staged()).isEqualTo(9 * LAYOUT.pageBytes());
        assertThat(store.readers()).containsExactly(Thread.currentThread().getName());
        device.memory().limit(Tier.HOST, used + 8 * LAYOUT.pageBytes());
        table.close();
        table = device.allocateKvTable(LAYERS, TOKENS);
        attendAll();
        assertThat(staged()).as("nothing to spare").isEqualTo(8 * LAYOUT.pageBytes());
    }

    @Test
    void withoutRoomForOneLayerAttentionIsRefused() {
        toDisk(8);
        long used = device.memory().snapshot().items().stream().filter(item -> item.tier() == Tier.HOST)
                .mapToLong(item -> item.bytes()).sum();
        device.memory().limit(Tier.HOST, used + 7 * LAYOUT.pageBytes());
        assertThatThrownBy(this::attendAll).isInstanceOf(MemoryException.class)
                .hasMessageStartingWith("PIN-MEMORY-BUDGET");
        assertThat(staged()).isZero();
        device.memory().limit(Tier.HOST, Long.MAX_VALUE);
        attendAll();
    }

    @Test
    void theAreaForTheNextLayerMakesRoomForThisOne() {
        toDisk(4);
        attendAll();
        long used = device.memory().snapshot().items().stream().filter(item -> item.tier() == Tier.HOST)
                .mapToLong(item -> item.bytes()).sum();
        toDisk(8);
        device.memory().limit(Tier.HOST, used - 16 * LAYOUT.pageBytes());
        attendAll();
        assertThat(staged()).isBetween(8 * LAYOUT.pageBytes(), 9 * LAYOUT.pageBytes());
    }

    @Test
    void pagesBeforeTheWindowAreNotRead() {
        toDisk(PAGES);
        for (int window : new int[]{1, 3, 4, 5, 17, 39, 40, 100}) {
            store.takeRead();
            write(TOKENS - 1, 1);
            attend(LAYERS - 1, window);
            int seen = Math.min(window, TOKENS);
            assertThat(store.takeRead()).as("window %d", window).hasSize(Math.ceilDiv(seen, 4));
        }
        write(21, 1);
        store.takeRead();
        attend(LAYERS - 1, 6); // positions 16 to 21
        assertThat(store.takeRead()).hasSize(2);
    }

    @Test
    void layersOfDifferentWindowsAreReadAheadByTheirOwn() {
        toDisk(PAGES);
        for (int step = 0; step < 3; step++) {
            store.takeRead();
            write(TOKENS - 1, 1);
            for (int i = 0; i < LAYERS; i++) {
                attend(i, i % 2 == 0 ? 0 : 4);
            }
            if (step > 0) {
                assertThat(store.takeRead()).hasSize(2 * PAGES + 2);
            }
        }
    }

    @Test
    void spansOfOnePageReadItOnce() {
        toDisk(PAGES);
        store.takeReads();
        device.write(table, 3, List.of(new KvSpan(views, 0, 1, 39), new KvSpan(views, 1, 1, 20),
                new KvSpan(views, 2, 1, 39)));
        try (Tensor three = device.allocate(3, 16); Tensor result = device.allocate(3, 16)) {
            device.ops().attention(three, table.layer(LAYERS - 1), new AttentionSpec(1, 1, 16, 16, 0.25f, 0, 0),
                    result);
        }
        assertThat(store.takeReads()).isEqualTo(PAGES);
    }

    @Test
    void aRangeReadsItsPagesOnly() {
        toDisk(PAGES);
        write(TOKENS - 1, 1);
        HostKvTable.HostLayer layer = HostKvTable.layer(table.layer(LAYERS - 1));
        var spec = new AttentionSpec(1, 1, 16, 16, 0.25f, 0, 0);
        for (int[] range : new int[][]{{0, 4}, {4, 5}, {3, 5}, {39, 40}, {30, 1000}, {40, 50}, {7, 7}, {9, 2}}) {
            write(TOKENS - 1, 1);
            store.takeRead();
            List<HostSpan> spans = layer.attentionSpans(spec, range[0], range[1]);
            int to = Math.min(TOKENS, range[1]);
            Set<Integer> read = store.takeRead();
            assertThat(read).hasSize(range[0] < to ? (to - 1) / 4 - range[0] / 4 + 1 : 0);
            for (int position = range[0]; position < to; position++) {
                assertThat(HostPage.of(spans.getFirst().view().pages().get(position / 4)).segment().byteSize())
                        .isEqualTo(LAYOUT.pageBytes());
            }
        }
    }

    @Test
    void aPageThatIsReadAheadMayBeClosed() {
        for (int i = 0; i < 50; i++) {
            toDisk(PAGES);
            write(TOKENS - 1, 1);
            attend(0, 0);
            device.move(views.get(1).pages().subList(0, 1), Tier.HOST);
            KvPage page = views.get(1).pages().get(1);
            device.move(List.of(page), Tier.HOST);
        }
        write(TOKENS - 1, 1);
        attend(0, 0);
        views.get(1).pages().forEach(KvPage::close);
        assertThat(store.size()).isEqualTo((LAYERS - 1) * PAGES);
    }

    /** The table does not look at pages of a view that it knows; whoever reads them does. */
    @Test
    void aPageThatIsClosedUnderAKnownViewIsNotRead() {
        for (int far : new int[]{0, 5}) {
            toDisk(far);
            attendAll();
            views.get(2).pages().get(far == 0 ? 9 : 3).close();
            write(TOKENS - 1, 1);
            assertThatThrownBy(() -> attend(2, 0)).isInstanceOf(EngineException.class)
                    .hasMessageStartingWith("PIN-OP-CLOSED");
            views.remove(2).pages().forEach(KvPage::close);
            table.close();
            table = device.allocateKvTable(LAYERS, TOKENS);
            List<KvPage> pages = new ArrayList<>();
            for (int p = 0; p < PAGES; p++) {
                pages.add(device.allocatePage(LAYOUT));
            }
            views.add(new KvView(LAYOUT, pages));
        }
    }

    @Test
    void aStoredPageIsOpenedOnce() {
        KvPage page = views.getFirst().pages().getFirst();
        page.label(new byte[]{1});
        device.move(List.of(page), Tier.DISK);
        PageStore.Stored stored = store.found().getFirst();
        assertThatThrownBy(() -> device.openPage(stored)).isInstanceOf(UsageException.class)
                .hasMessageStartingWith("PIN-KV-TIERS");
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isEqualTo(LAYERS * PAGES * LAYOUT.pageBytes());
        assertThatThrownBy(() -> page.label(new byte[PageStore.LABEL_BYTES + 1])).isInstanceOf(EngineException.class)
                .hasMessageStartingWith("PIN-KV-SLOT");
    }

    @Test
    void aPageOverForeignMemoryDoesNotMove() {
        KvPage page = HostPage.over(((HostPage) views.getFirst().pages().getFirst()).segment());
        assertThatThrownBy(() -> device.move(List.of(page), Tier.DISK)).isInstanceOf(EngineException.class)
                .hasMessageStartingWith("PIN-OP-DEVICE");
    }
}
