/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvPageException;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.place.Limit;
import io.pinyon.kv.place.Placement;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class KvPoolTest {
    private static final KvLayout LAYOUT = new KvLayout(KvFormats.F16, KvFormats.F16, 1, 8, 8, 16);
    private static final List<KvLayout> LAYOUTS = List.of(LAYOUT, LAYOUT);
    /** Bytes of the pages of one column. */
    private static final long COLUMN = 2 * LAYOUT.pageBytes();
    private static final Placement TWO_AND_THREE = new Placement(true, new Limit.Bytes(2 * COLUMN),
            new Limit.Bytes(3 * COLUMN));

    private final List<PagedKvCache> open = new ArrayList<>();
    private final MemoryStore store = new MemoryStore(1000);
    private FarDevice device = new FarDevice(Tier.DEVICE, store);
    private KvPool pool = new KvPool(device, options(0, 0));

    private static KvPool.Options options(long reuse, long stored) {
        return new KvPool.Options(Tier.DISK, true, reuse, stored, "model");
    }

    private void use(FarDevice next, KvPool.Options options) {
        pool.close();
        device.close();
        device = next;
        pool = new KvPool(device, options);
    }

    @AfterEach
    void nothingIsLeft() {
        pool.checkIntegrity();
        open.forEach(PagedKvCache::close);
        open.forEach(PagedKvCache::close);
        pool.checkIntegrity();
        pool.close();
        pool.close();
        assertThat(held(Tier.DEVICE) + held(Tier.HOST) + held(Tier.DISK)).isZero();
        device.close();
    }

    private PagedKvCache open(Placement placement) {
        open.add(pool.open(LAYOUTS, placement, 640));
        return open.getLast();
    }

    private long held(Tier tier) {
        return device.memory().snapshot().items().stream()
                .filter(item -> item.tier() == tier && item.purpose() == Purpose.KV)
                .mapToLong(MemorySnapshot.Item::bytes)
                .sum();
    }

    private long peak(Tier tier) {
        return device.memory().snapshot().items().stream()
                .filter(item -> item.tier() == tier && item.purpose() == Purpose.KV)
                .mapToLong(MemorySnapshot.Item::peakBytes)
                .sum();
    }

    private static void append(KvCache cache, int tokens) {
        cache.reserve(tokens);
        cache.commit(tokens);
    }

    private static int[] tokens(int count, int seed) {
        return IntStream.range(0, count).map(i -> 1000 * seed + i).toArray();
    }

    /** A cache that has run so many tokens and published them. */
    private PagedKvCache filled(Placement placement, int count, int seed) {
        PagedKvCache cache = open(placement);
        int adopted = cache.adopt(tokens(count, seed));
        append(cache, count - adopted);
        cache.publish(tokens(count, seed));
        return cache;
    }

    private static List<Tier> tiers(KvCache cache, int layer) {
        return cache.view(layer).pages().stream().map(KvPage::tier).toList();
    }

    private static long count(KvCache cache, Tier tier) {
        return tiers(cache, 0).stream().filter(tier::equals).count();
    }

    private static void refused(String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(UsageException.class).hasMessageStartingWith(code + ": ");
    }

    @Test
    void theNewestPagesAreNearestAndThePeakKeepsTheLimit() {
        PagedKvCache cache = open(TWO_AND_THREE);
        for (int i = 0; i < 160; i++) {
            append(cache, 1);
            pool.checkIntegrity();
        }
        for (int layer = 0; layer < 2; layer++) {
            assertThat(tiers(cache, layer)).containsExactly(Tier.DISK, Tier.DISK, Tier.DISK, Tier.DISK, Tier.DISK,
                    Tier.HOST, Tier.HOST, Tier.HOST, Tier.DEVICE, Tier.DEVICE);
        }
        assertThat(peak(Tier.DEVICE)).isEqualTo(2 * COLUMN);
        assertThat(peak(Tier.HOST)).isEqualTo(3 * COLUMN);
        assertThat(held(Tier.DISK)).isEqualTo(5 * COLUMN);
    }

    @Test
    void whatAStepWritesIsNearWhateverTheLimit() {
        PagedKvCache cache = open(TWO_AND_THREE);
        append(cache, 40);
        cache.reserve(80);
        assertThat(tiers(cache, 0).subList(2, 8)).containsOnly(Tier.DEVICE);
        assertThat(tiers(cache, 0).subList(0, 2)).containsOnly(Tier.HOST);
        cache.commit(80);
        append(cache, 9);
        assertThat(count(cache, Tier.DEVICE)).isEqualTo(2);
    }

    @Test
    void pagesComeBackWhenALaterReserveFindsRoom() {
        PagedKvCache cache = open(TWO_AND_THREE);
        append(cache, 16 * 9);
        append(cache, 16);
        assertThat(count(cache, Tier.DISK)).isEqualTo(5);
        cache.truncate(16 * 4);
        assertThat(tiers(cache, 1)).containsOnly(Tier.DISK);
        append(cache, 1);
        assertThat(tiers(cache, 1)).containsExactly(Tier.HOST, Tier.HOST, Tier.HOST, Tier.DEVICE, Tier.DEVICE);
    }

    @Test
    void aFullDiskLeavesTheCacheAsItWas() {
        use(new FarDevice(Tier.DEVICE, new MemoryStore(4)), options(0, 0));
        PagedKvCache cache = open(new Placement(true, new Limit.Bytes(2 * COLUMN), new Limit.Bytes(0)));
        append(cache, 16 * 2);
        append(cache, 16);
        append(cache, 16);
        List<KvPage> before = cache.view(0).pages();
        assertThatThrownBy(() -> cache.reserve(1)).isInstanceOf(MemoryException.class)
                .hasMessageStartingWith("PIN-KV-DISKFULL");
        pool.checkIntegrity();
        assertThat(cache.view(0).pages()).isEqualTo(before);
        assertThat(cache.length()).isEqualTo(64);
        cache.truncate(16);
        append(cache, 48);
    }

    @Test
    void whenMemoryIsShortTheLeastRecentlyUsedGivesWayFirst() {
        device.memory().limit(Tier.DEVICE, 8 * COLUMN);
        PagedKvCache pinned = open(Placement.DEVICE);
        PagedKvCache older = open(Placement.TIERS);
        PagedKvCache newer = open(Placement.TIERS);
        append(pinned, 16 * 2);
        append(older, 16 * 3);
        append(newer, 16 * 3);
        append(newer, 16);
        assertThat(tiers(older, 0)).containsExactly(Tier.HOST, Tier.DEVICE, Tier.DEVICE);
        append(newer, 16 * 3);
        assertThat(tiers(older, 0)).containsOnly(Tier.HOST);
        assertThat(tiers(newer, 0).subList(0, 1)).containsOnly(Tier.HOST);
        assertThat(tiers(pinned, 0)).containsOnly(Tier.DEVICE);
        assertThatThrownBy(() -> pinned.reserve(16 * 8)).isInstanceOf(MemoryException.class)
                .hasMessageStartingWith("PIN-MEMORY-BUDGET");
        assertThat(pinned.length()).isEqualTo(32);
        pool.checkIntegrity();
        append(pinned, 16 * 6);
        assertThat(held(Tier.DEVICE)).isEqualTo(8 * COLUMN);
    }

    @Test
    void sharedPagesMoveOnceAndPinnedOnesStay() {
        PagedKvCache cache = open(TWO_AND_THREE);
        append(cache, 16 * 2);
        PagedKvCache fork = cache.fork();
        open.add(fork);
        append(cache, 16 * 2);
        assertThat(tiers(fork, 0)).containsOnly(Tier.HOST);
        assertThat(held(Tier.HOST)).isEqualTo(2 * COLUMN);
        int moves = device.moves();
        append(fork, 16 * 2);
        assertThat(device.moves()).isEqualTo(moves);
        assertThat(tiers(fork, 1).subList(2, 4)).containsOnly(Tier.DEVICE);
    }

    @Test
    void aFarPartialPageIsCopiedForAFork() {
        PagedKvCache cache = open(TWO_AND_THREE);
        append(cache, 40);
        PagedKvCache fork = cache.fork();
        open.add(fork);
        device.move(cache.view(0).pages(), Tier.DISK);
        append(fork, 1);
        assertThat(fork.view(0).pages().getLast().tier()).isEqualTo(Tier.DEVICE);
        assertThat(fork.view(0).pages().getLast()).isNotEqualTo(cache.view(0).pages().getLast());
    }

    @Test
    void threeSessionsHoldACommonPrefixOnce() {
        filled(Placement.DEVICE, 16 * 4 + 5, 1);
        PagedKvCache second = filled(Placement.DEVICE, 16 * 4 + 5, 1);
        assertThat(held(Tier.DEVICE)).isEqualTo(6 * COLUMN);
        assertThat(second.sharedBytes()).isEqualTo(4 * COLUMN);
        // ran the same without looking
        PagedKvCache third = open(Placement.DEVICE);
        append(third, 16 * 4 + 5);
        assertThat(held(Tier.DEVICE)).isEqualTo(11 * COLUMN);
        assertThat(third.publishable()).isTrue();
        third.publish(tokens(16 * 4 + 5, 1));
        assertThat(third.publishable()).isFalse();
        assertThat(held(Tier.DEVICE)).isEqualTo(7 * COLUMN);
        pool.checkIntegrity();
        open.forEach(PagedKvCache::close);
        assertThat(held(Tier.DEVICE)).as("nothing outlives its users").isZero();
    }

    @Test
    void theLastTokenIsNeverAdopted() {
        filled(Placement.DEVICE, 32, 1);
        assertThat(open(Placement.DEVICE).adopt(tokens(32, 1))).isEqualTo(16);
        assertThat(open(Placement.DEVICE).adopt(tokens(33, 1))).isEqualTo(32);
        assertThat(open(Placement.DEVICE).adopt(tokens(33, 2))).isZero();
        assertThat(open(Placement.DEVICE).adopt(new int[0])).isZero();
        PagedKvCache busy = open(Placement.DEVICE);
        append(busy, 1);
        assertThat(busy.adopt(tokens(33, 1))).isZero();
    }

    @Test
    void otherLayoutsAreOtherPrefixes() {
        filled(Placement.DEVICE, 32, 1);
        var other = new KvLayout(KvFormats.F32, KvFormats.F32, 1, 8, 8, 16);
        open.add(pool.open(List.of(other, other), Placement.DEVICE, 640));
        assertThat(open.getLast().adopt(tokens(33, 1))).isZero();
    }

    @Test
    void whatIsKeptForReuseGoesFirstAndTheOldestOfItBeforeTheRest() {
        use(new FarDevice(Tier.DEVICE, store), options(4 * COLUMN, 0));
        device.memory().limit(Tier.DEVICE, 6 * COLUMN);
        filled(Placement.DEVICE, 32, 1).close();
        filled(Placement.DEVICE, 32, 2).close();
        assertThat(pool.reusableBytes()).isEqualTo(4 * COLUMN);
        filled(Placement.DEVICE, 32, 3).close();
        assertThat(pool.reusableBytes()).as("the limit").isEqualTo(4 * COLUMN);
        pool.checkIntegrity();
        assertThat(open(Placement.DEVICE).adopt(tokens(33, 1))).isZero();
        open.getLast().close();
        PagedKvCache second = open(Placement.DEVICE);
        assertThat(second.adopt(tokens(33, 2))).isEqualTo(32);
        append(second, 16 * 3);
        assertThat(pool.reusableBytes()).as("the first column of the third stays").isEqualTo(COLUMN);
        assertThat(open(Placement.DEVICE).adopt(tokens(33, 3))).isEqualTo(16);
    }

    @Test
    void equalHashesNeverShareAndStillFind() {
        pool.close();
        pool = new KvPool(device, options(0, 0), (_, _) -> 0);
        filled(Placement.DEVICE, 64, 1);
        filled(Placement.DEVICE, 64, 2);
        assertThat(held(Tier.DEVICE)).isEqualTo(8 * COLUMN);
        assertThat(open(Placement.DEVICE).adopt(tokens(65, 2))).isEqualTo(64);
        int[] mixed = tokens(65, 1);
        System.arraycopy(tokens(65, 2), 16, mixed, 16, 16);
        assertThat(open(Placement.DEVICE).adopt(mixed)).isEqualTo(16);
    }

    @Test
    void anotherProcessFindsWhatWasStored() {
        use(new FarDevice(Tier.DEVICE, store), options(0, 10 * COLUMN));
        filled(Placement.DEVICE, 50, 1).close();
        assertThat(held(Tier.DISK)).isEqualTo(3 * COLUMN);
        assertThat(held(Tier.DEVICE)).isZero();
        filled(Placement.DEVICE, 50, 2);
        MemoryStore crashed = store.afterCrash();
        refused("PIN-KV-BUSY", pool::storeReusable);
        open.removeLast().close();
        pool.storeReusable();
        store.close();
        MemoryStore closed = store.afterCrash();
        use(new FarDevice(Tier.DEVICE, closed), options(0, 10 * COLUMN));
        pool.reopen(closed.found());
        pool.checkIntegrity();
        assertThat(pool.reusableBytes()).as("closed in order").isEqualTo(6 * COLUMN);
        assertThat(open(Placement.DEVICE).adopt(tokens(50, 2))).isEqualTo(48);
        assertThat(open.getLast().view(0).pages()).allMatch(page -> page.tier() == Tier.DEVICE);
        open.removeLast().close();
        use(new FarDevice(Tier.DEVICE, crashed), options(0, 2 * COLUMN));
        pool.reopen(crashed.found());
        pool.checkIntegrity();
        assertThat(pool.reusableBytes()).as("killed, and less room").isEqualTo(2 * COLUMN);
        PagedKvCache movable = open(Placement.TIERS);
        assertThat(movable.adopt(tokens(50, 1))).isEqualTo(32);
        assertThat(tiers(movable, 0)).containsOnly(Tier.DISK);
    }

    @Test
    void brokenChainsAndOtherModelsAreNotFound() {
        use(new FarDevice(Tier.DEVICE, store), options(0, 10 * COLUMN));
        filled(Placement.DEVICE, 64, 1).close();
        MemoryStore crashed = store.afterCrash();
        // one page of the second column
        crashed.free(
                crashed.found().stream().filter(page -> ColumnLabel.decode(page.label()).orElseThrow().depth() == 2)
                        .findFirst().orElseThrow().slot());
        use(new FarDevice(Tier.DEVICE, crashed), options(0, 10 * COLUMN));
        pool.reopen(crashed.found());
        assertThat(pool.reusableBytes()).isEqualTo(COLUMN);
        assertThat(crashed.size()).isEqualTo(2);
        MemoryStore again = crashed.afterCrash();
        use(new FarDevice(Tier.DEVICE, again), new KvPool.Options(Tier.DISK, true, 0, 10 * COLUMN, "another"));
        pool.reopen(again.found());
        assertThat(open(Placement.DEVICE).adopt(tokens(64, 1))).isZero();
    }

    @Test
    void whatIsNoLongerIndexedIsNotStoredUnderItsOldName() {
        use(new FarDevice(Tier.DEVICE, store), options(0, 10 * COLUMN));
        PagedKvCache cache = filled(Placement.TIERS, 32, 1);
        pool.reuse().lost(cache.view(0).pages().get(1));
        cache.truncate(24);
        // other tokens than those that were published
        append(cache, 8);
        for (int layer = 0; layer < 2; layer++) {
            device.move(cache.view(layer).pages(), Tier.DISK);
        }
        MemoryStore crashed = store.afterCrash();
        cache.close();
        use(new FarDevice(Tier.DEVICE, crashed), options(0, 10 * COLUMN));
        pool.reopen(crashed.found());
        assertThat(open(Placement.TIERS).adopt(tokens(33, 1))).isEqualTo(16);
    }

    @Test
    void aLostPageTakesItsColumnAndWhatIsBehind() {
        use(new FarDevice(Tier.DEVICE, store), options(10 * COLUMN, 0));
        PagedKvCache first = filled(Placement.TIERS, 64, 1);
        PagedKvCache second = filled(Placement.TIERS, 64, 1);
        KvPage lost = first.view(1).pages().get(2);
        device.move(List.of(lost), Tier.DISK);
        device.lose(lost);
        assertThatThrownBy(() -> device.move(List.of(lost), Tier.DEVICE)).isInstanceOf(KvPageException.class);
        assertThat(first.lost(lost)).hasValue(32);
        assertThat(second.lost(lost)).hasValue(32);
        first.truncate(32);
        assertThat(first.lost(lost)).isEmpty();
        assertThat(open(Placement.TIERS).adopt(tokens(65, 1))).isEqualTo(32);
        append(first, 32);
        first.publish(tokens(64, 1));
        pool.checkIntegrity();
        assertThat(open(Placement.TIERS).adopt(tokens(65, 1))).isEqualTo(64);
    }

    @Test
    void aLostPageThatIsToBeAdoptedIsComputedInstead() {
        use(new FarDevice(Tier.DEVICE, store), options(0, 10 * COLUMN));
        PagedKvCache first = filled(Placement.DEVICE, 64, 1);
        KvPage lost = first.view(0).pages().get(1);
        first.close();
        device.lose(lost);
        assertThat(open(Placement.DEVICE).adopt(tokens(65, 1))).isZero();
        pool.checkIntegrity();
        assertThat(open(Placement.DEVICE).adopt(tokens(65, 1))).isEqualTo(16);
    }

    @Test
    void exciseGivesPagesBackAndKeepsPositions() {
        PagedKvCache cache = filled(Placement.DEVICE, 100, 1);
        List<KvPage> before = cache.view(0).pages();
        refused("PIN-KV-EXCISE", () -> cache.excise(8, 32));
        refused("PIN-KV-EXCISE", () -> cache.excise(16, 40));
        refused("PIN-KV-EXCISE", () -> cache.excise(32, 16));
        refused("PIN-KV-EXCISE", () -> cache.excise(-16, 16));
        refused("PIN-KV-EXCISE", () -> cache.excise(0, 112));
        cache.excise(16, 48);
        assertThat(List.of(cache.length(), cache.entries())).containsExactly(100, 68);
        assertThat(cache.view(0).pages()).isEqualTo(
                List.of(before.get(0), before.get(3), before.get(4), before.get(5), before.get(6)));
        assertThat(held(Tier.DEVICE)).isEqualTo(5 * COLUMN);
        PagedKvCache fork = cache.fork();
        open.add(fork);
        fork.excise(0, 16);
        assertThat(List.of(fork.length(), fork.entries())).containsExactly(100, 52);
        fork.truncate(40);
        assertThat(List.of(fork.length(), fork.entries())).containsExactly(88, 40);
        cache.truncate(20);
        assertThat(List.of(cache.length(), cache.entries())).containsExactly(52, 20);
        cache.truncate(16);
        assertThat(cache.length()).as("nothing is behind the gap").isEqualTo(16);
        refused("PIN-KV-CONTEXT", () -> fork.reserve(640 - 87));
    }

    @Test
    void behindAGapNothingIsPublished() {
        PagedKvCache cache = open(Placement.DEVICE);
        append(cache, 16 * 6);
        cache.excise(16, 32);
        int[] left = IntStream.concat(Arrays.stream(tokens(16, 1)), Arrays.stream(tokens(96, 1), 32, 96)).toArray();
        cache.publish(left);
        assertThat(open(Placement.DEVICE).adopt(left)).isEqualTo(16);
        cache.truncate(16);
        append(cache, 32);
        assertThat(cache.publishable()).isTrue();
        cache.publish(tokens(48, 1));
        assertThat(open(Placement.DEVICE).adopt(tokens(49, 1))).isEqualTo(48);
    }

    @Test
    void aWindowNeedsItsTokensBehindTheGap() {
        PagedKvCache cache = pool.open(LAYOUTS, Placement.DEVICE, 640, 20);
        open.add(cache);
        append(cache, 64);
        refused("PIN-KV-EXCISE", () -> cache.excise(16, 48));
        cache.excise(0, 32);
        refused("PIN-KV-EXCISE", () -> cache.truncate(19));
        assertThat(cache.length()).isEqualTo(64);
        cache.truncate(20);
        assertThat(cache.length()).isEqualTo(52);
        cache.truncate(0);
        assertThat(cache.length()).isZero();
    }

    @Test
    void tenThousandForksCostTheirOwnPagesOnly() {
        PagedKvCache cache = open(Placement.DEVICE);
        append(cache, 16 * 20 + 1);
        for (int i = 0; i < 10_000; i++) {
            open.add(cache.fork());
        }
        assertThat(held(Tier.DEVICE)).isEqualTo(21 * COLUMN);
        for (int i = 1; i <= 100; i++) {
            append(open.get(i), 1);
        }
        assertThat(held(Tier.DEVICE)).isEqualTo(121 * COLUMN);
        pool.checkIntegrity();
    }

    @Test
    void aPoolWithOpenCachesDoesNotClose() {
        PagedKvCache cache = filled(Placement.DEVICE, 32, 1);
        refused("PIN-KV-BUSY", pool::close);
        append(cache, 1);
        cache.close();
        pool.close();
        refused("PIN-KV-CLOSED", () -> pool.open(LAYOUTS, Placement.DEVICE, 10));
    }
}
