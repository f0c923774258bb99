/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import io.pinyon.device.AttentionSpec;
import io.pinyon.device.Device;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvPageException;
import io.pinyon.device.KvSpan;
import io.pinyon.device.KvTable;
import io.pinyon.device.KvTiers;
import io.pinyon.device.KvView;
import io.pinyon.device.PageStore;
import io.pinyon.device.Tensor;
import io.pinyon.error.EngineException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.PinyonException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Tier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What is refused about pages that lie elsewhere, and what a failure leaves. */
public interface TierFaultContract extends DeviceSupplier {
    /** Layout of all pages here. */
    KvLayout PAGES = new KvLayout(KvFormats.F16, KvFormats.F16, 2, 32, 32, 16);

    private static void refused(Class<? extends PinyonException> type, String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(type).hasMessageStartingWith(code + ": ");
    }

    private static void open(Lab lab, PageStore store) {
        lab.device().openTiers(Moves.tiers(PAGES.pageBytes(), FarAttention.AUTO, store));
    }

    @Test
    default void tiersThatAreNotOpenAreRefused() {
        var stored = new PageStore.Stored(0, PAGES.pageBytes(), ByteBuffer.allocate(0));
        try (MemoryStore store = new MemoryStore(); Lab lab = lab()) {
            Device device = lab.device();
            List<KvPage> pages = lab.view(PAGES, 16).pages();
            device.move(pages, device.tier());
            refused(UsageException.class, "PIN-KV-TIERS", () -> device.move(pages, Tier.DISK));
            refused(UsageException.class, "PIN-KV-TIERS", () -> device.move(pages, Tier.MAPPED));
            refused(UsageException.class, "PIN-KV-TIERS", () -> device.openPage(stored));
            device.openTiers(new KvTiers(PAGES.pageBytes(), FarAttention.AUTO, Optional.empty()));
            refused(UsageException.class, "PIN-KV-TIERS", () -> device.move(pages, Tier.DISK));
            refused(UsageException.class, "PIN-KV-TIERS", () -> device.openPage(stored));
            refused(UsageException.class, "PIN-KV-TIERS", () -> open(lab, store));
            assertThat(pages).allMatch(page -> page.tier() == device.tier());
        }
    }

    @Test
    default void onlyOpenPagesOfTheDeviceMove() {
        try (MemoryStore store = new MemoryStore(); Lab lab = lab(); Lab elsewhere = lab()) {
            open(lab, store);
            KvPage page = lab.view(PAGES, 1).pages().getFirst();
            KvPage closed = lab.view(PAGES, 1).pages().getFirst();
            closed.close();
            KvPage foreign = elsewhere.view(PAGES, 1).pages().getFirst();
            refused(EngineException.class, "PIN-OP-CLOSED", () -> lab.device().move(List.of(page, closed), Tier.DISK));
            refused(EngineException.class, "PIN-OP-DEVICE", () -> lab.device().move(List.of(page, foreign), Tier.DISK));
            assertThat(page.tier()).isEqualTo(lab.device().tier());
            lab.device().move(List.of(page), Tier.DISK);
            page.close();
            refused(EngineException.class, "PIN-OP-CLOSED", () -> lab.device().move(List.of(page), Tier.DISK));
            refused(EngineException.class, "PIN-OP-CLOSED",
                    () -> lab.device().read(page, MemorySegment.ofArray(new byte[(int) page.bytes()])));
        }
    }

    @Test
    default void opsThatNeedAPageNearSaySo() {
        try (MemoryStore store = new MemoryStore(); Lab lab = lab(); Arena arena = Arena.ofConfined()) {
            open(lab, store);
            Device device = lab.device();
            KvView view = lab.view(PAGES, 16 * 3);
            MemorySegment image = arena.allocate(PAGES.pageBytes());
            for (Tier tier : Moves.tiers(device).subList(1, Moves.tiers(device).size())) {
                device.move(List.of(view.pages().get(1)), tier);
                KvPage far = view.pages().get(1);
                refused(EngineException.class, "PIN-OP-TIER", () -> device.copyPage(far, view.pages().get(0)));
                refused(EngineException.class, "PIN-OP-TIER", () -> device.copyPage(view.pages().get(0), far));
                refused(EngineException.class, "PIN-OP-TIER", () -> device.write(far, image));
                for (int[] place : new int[][]{{16, 1}, {31, 1}, {15, 2}, {0, 48}, {30, 5}}) {
                    KvTable.Layer layer = lab.entries(place[1],
                            List.of(new KvSpan(List.of(view), 0, place[1], place[0])));
                    Tensor entries = lab.tensor(place[1], new float[place[1] * 64]);
                    refused(EngineException.class, "PIN-OP-TIER", () -> lab.ops().storeKv(entries, entries, layer));
                }
                for (int[] place : new int[][]{{0, 16}, {32, 3}, {47, 1}}) {
                    KvTable.Layer layer = lab.entries(place[1],
                            List.of(new KvSpan(List.of(view), 0, place[1], place[0])));
                    Tensor entries = lab.tensor(place[1], new float[place[1] * 64]);
                    lab.ops().storeKv(entries, entries, layer);
                }
            }
        }
    }

    /** Fills pages with their index. */
    private static void fill(Lab lab, List<KvPage> pages) {
        for (int i = 0; i < pages.size(); i++) {
            lab.device().write(pages.get(i), image(i));
        }
    }

    private static MemorySegment image(int index) {
        MemorySegment image = MemorySegment.ofArray(new byte[(int) PAGES.pageBytes()]);
        image.fill((byte) (index + 1));
        return image;
    }

    private static void assertFilled(Lab lab, List<KvPage> pages) {
        MemorySegment found = MemorySegment.ofArray(new byte[(int) PAGES.pageBytes()]);
        for (int i = 0; i < pages.size(); i++) {
            lab.device().read(pages.get(i), found);
            assertThat(found.mismatch(image(i))).as("page %d", i).isEqualTo(-1);
        }
    }

    @Test
    default void aMoveThatDoesNotFitMovesNothing() {
        try (MemoryStore store = new MemoryStore(); Lab lab = lab()) {
            open(lab, store);
            Device device = lab.device();
            List<KvPage> pages = lab.view(PAGES, 16 * 4).pages();
            fill(lab, pages);
            List<Tier> tiers = Moves.tiers(device);
            for (Tier from : tiers) {
                device.move(pages, from);
                for (Tier to : tiers) {
                    if (to != from) {
                        device.memory().limit(to, Moves.used(device, to) + 2 * PAGES.pageBytes() + 1);
                        refused(MemoryException.class, "PIN-MEMORY-BUDGET", () -> device.move(pages, to));
                        assertThat(pages).allMatch(page -> page.tier() == from);
                        Moves.assertBooked(device, pages);
                        device.memory().limit(to, Long.MAX_VALUE);
                    }
                }
                assertFilled(lab, pages);
            }
        }
    }

    @Test
    default void aFullStoreTakesAllPagesOrNone() {
        try (MemoryStore store = new MemoryStore(); Lab lab = lab()) {
            open(lab, store);
            List<KvPage> pages = lab.view(PAGES, 16 * 4).pages();
            fill(lab, pages);
            lab.device().move(pages.subList(0, 1), Tier.DISK);
            store.room(2);
            refused(MemoryException.class, "PIN-KV-DISKFULL", () -> lab.device().move(pages, Tier.DISK));
            assertThat(store.size()).isEqualTo(1);
            Moves.assertBooked(lab.device(), pages);
            assertFilled(lab, pages);
            store.room(3);
            lab.device().move(pages, Tier.DISK);
            assertThat(pages).allMatch(page -> page.tier() == Tier.DISK);
            assertFilled(lab, pages);
        }
    }

    @Test
    default void aLostPageStaysWhereItIsAndSoDoTheOthers() {
        try (MemoryStore store = new MemoryStore(); Lab lab = lab()) {
            open(lab, store);
            List<KvPage> pages = lab.view(PAGES, 16 * 3).pages();
            fill(lab, pages);
            lab.device().move(pages, Tier.DISK);
            store.loseLast();
            assertThatThrownBy(() -> lab.device().move(pages, lab.device().tier()))
                    .isInstanceOfSatisfying(KvPageException.class, e -> {
                        assertThat(e.page()).isSameAs(pages.get(2));
                        assertThat(e.code()).isEqualTo("PIN-KV-CHECKSUM");
                    });
            assertThatThrownBy(
                    () -> lab.device().read(pages.get(2), MemorySegment.ofArray(new byte[(int) PAGES.pageBytes()])))
                    .isInstanceOf(KvPageException.class);
            Moves.assertBooked(lab.device(), pages);
            assertThat(pages).allMatch(page -> page.tier() == Tier.DISK);
            pages.get(2).close();
            lab.device().move(pages.subList(0, 2), lab.device().tier());
            assertFilled(lab, pages.subList(0, 2));
        }
    }

    /** In each layer in turn, of which later ones may be read before they are needed. */
    @Test
    default void attentionNamesTheLostPageAndGoesOnWithoutIt() {
        Random random = Seeds.random("lost");
        var spec = new AttentionSpec(4, 2, 32, 32, 0.2f, 0, 0);
        int layers = 4;
        try (MemoryStore store = new MemoryStore();
                Lab lab = lab();
                KvTable table = lab.device().allocateKvTable(layers, 40)) {
            open(lab, store);
            for (int broken = 0; broken < layers; broken++) {
                List<List<AttentionCheck.Part>> parts = new ArrayList<>();
                for (int i = 0; i < layers; i++) {
                    var sequence = new Sequence(lab, PAGES, 40, random);
                    sequence.store(0, 40);
                    parts.add(List.of(new AttentionCheck.Part(sequence, 33, 7)));
                }
                KvPage lost = parts.get(broken).getFirst().sequence().view().pages().get(1);
                for (List<AttentionCheck.Part> layer : parts) {
                    List<KvPage> pages = layer.getFirst().sequence().view().pages();
                    lab.device().move(pages.subList(0, 2).stream().filter(page -> !page.equals(lost)).toList(),
                            Tier.DISK);
                }
                lab.device().move(List.of(lost), Tier.DISK);
                store.loseLast();
                lab.device().write(table, 8, AttentionCheck.spans(parts));
                for (int i = 0; i < broken; i++) {
                    AttentionCheck.run(lab, table.layer(i), spec, parts.get(i), 1, random);
                }
                int at = broken;
                assertThatThrownBy(() -> AttentionCheck.run(lab, table.layer(at), spec, parts.get(at), 1, random))
                        .isInstanceOfSatisfying(KvPageException.class, e -> {
                            assertThat(e.page()).isSameAs(lost);
                            assertThat(e.code()).isEqualTo("PIN-KV-CHECKSUM");
                        });
                store.heal();
                lab.device().write(table, 8, AttentionCheck.spans(parts));
                for (int i = 0; i < layers; i++) {
                    AttentionCheck.run(lab, table.layer(i), spec, parts.get(i), 1, random);
                }
            }
        }
    }
}
