/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvPageException;
import io.pinyon.device.KvView;
import io.pinyon.device.contract.Seeds;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.place.Limit;
import io.pinyon.kv.place.Placement;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random operations on the caches of a pool and on plain lists of what each should hold, compared after each operation
 * through what the device reads. {@code -Dpinyon.kv.operations=…} sets how many.
 *
 * <p>What an entry holds is a number made from its token, its position and the entry before it, so that entries of equal
 * prefixes are equal and all others differ. A run goes on beyond its operations until all that it is to meet has happened,
 * within reason, so that it does not depend on the seed.
 */
final class KvTierModel {
    private static final int OPERATIONS = Integer.getInteger("pinyon.kv.operations", 4000);
    private static final int MOST_OPERATIONS = 10 * Math.max(OPERATIONS, 4000);
    private static final int CACHES = 6;
    private static final int CAPACITY = 48;
    private static final int COLUMN = 4;
    private static final int WINDOW = 5;
    private static final List<KvLayout> LAYOUTS = List.of(new KvLayout(KvFormats.F32, KvFormats.F32, 1, 1, 1, 2),
            new KvLayout(KvFormats.F32, KvFormats.F32, 1, 1, 1, COLUMN));
    private static final List<Placement> PLACEMENTS = List.of(Placement.DEVICE, Placement.TIERS,
            new Placement(true, new Limit.Percent(25), new Limit.Percent(25)),
            new Placement(true, new Limit.Bytes(0), new Limit.Bytes(150)));

    private static final Set<String> EVERYWHERE = Set.of("adopted", "excised", "forked", "refused excision",
            "found after a crash", "lost", "moved", "evicted", "far pages", "shared pages", "copied by reading");
    private static final Set<String> SHORTAGES = Set.of("out of memory", "not moved");

    /**
     * Where the caches live.
     *
     * @param name for the report
     * @param tiers where pages are to be seen
     * @param littleRoom whether memory is to run out
     * @param open makes a fresh one
     */
    record House(String name, Set<Tier> tiers, boolean littleRoom, Supplier<TierHouse> open) {
        @Override
        public String toString() {
            return name;
        }
    }

    private record Entry(int token, int position, int stamp) {}

    private static final class Member {
        private final PagedKvCache cache;
        private final List<Entry> entries;
        private final int script;
        private final int window;
        private int length;

        Member(PagedKvCache cache, List<Entry> entries, int script, int window, int length) {
            this.cache = cache;
            this.entries = entries;
            this.script = script;
            this.window = window;
            this.length = length;
        }

        int[] tokens() {
            return entries.stream().mapToInt(Entry::token).toArray();
        }

        Entry next(int token) {
            int before = entries.isEmpty() ? 17 : entries.getLast().stamp();
            return new Entry(token, length, 31 * (31 * before + token) + length + 1);
        }

        void add(int token) {
            entries.add(next(token));
            length++;
        }

        void truncate(int count) {
            if (count < entries.size()) {
                entries.subList(count, entries.size()).clear();
                length = entries.isEmpty() ? 0 : entries.getLast().position() + 1;
            }
        }
    }

    private final House kind;
    private final Set<String> expected = new TreeSet<>(EVERYWHERE);
    private final List<Member> members = new ArrayList<>();
    private final Map<String, Integer> seen = new TreeMap<>();
    private TierHouse house = TierHouse.fake(Tier.HOST, 0, 0, new MemoryStore(0));
    private KvPool pool = new KvPool(house.device());

    private KvTierModel(House kind) {
        this.kind = kind;
        kind.tiers().forEach(tier -> expected.add("pages on " + tier));
        if (kind.littleRoom()) {
            expected.addAll(SHORTAGES);
        }
    }

    private void count(String what, int times) {
        if (times > 0) {
            seen.merge(what, times, Integer::sum);
        }
    }

    /** Runs the operations in a house, and then closes it. */
    static void run(House kind) {
        new KvTierModel(kind).run();
    }

    private void run() {
        Random random = Seeds.random("kv tiers", kind.name());
        move(kind.open().get());
        int done = 0;
        while (done < OPERATIONS || (done < MOST_OPERATIONS && !seen.keySet().containsAll(expected))) {
            operate(random);
            compare();
            done++;
        }
        Collections.shuffle(members, random);
        while (!members.isEmpty()) {
            members.removeLast().cache.close();
            compare();
        }
        move(TierHouse.fake(Tier.HOST, 0, 0, new MemoryStore(0)));
        System.out.println(kind + ": " + done + " operations " + seen);
        assertThat(seen.keySet()).containsAll(expected);
        if (!kind.littleRoom()) {
            assertThat(seen.keySet()).doesNotContainAnyElementsOf(SHORTAGES);
        }
    }

    /** Closes all that is there, which must leave nothing, and goes on in another house. */
    private void move(TierHouse next) {
        members.forEach(member -> member.cache.close());
        members.clear();
        pool.close();
        pool.close();
        assertThat(house.device().memory().snapshot().bytes(Purpose.KV)).as("KV bytes left").isZero();
        house.close();
        house = next;
        pool = new KvPool(house.device(), new KvPool.Options(Tier.DISK, true, 200, 400, "model"));
        pool.reopen(house.found());
        assertThat(house.device().memory().snapshot().bytes(Purpose.KV)).isEqualTo(pool.reusableBytes());
        count("found after a crash", (int) pool.reusableBytes());
    }

    private void operate(Random random) {
        if (members.isEmpty()) {
            open(random);
        }
        Member member = members.get(random.nextInt(members.size()));
        int operation = random.nextInt(1000);
        if (operation < 400) {
            append(member, random);
        } else if (operation < 500) {
            fork(member);
        } else if (operation < 620) {
            truncate(member, random);
        } else if (operation < 700) {
            excise(member, random);
        } else if (operation < 780) {
            members.remove(member);
            member.cache.close();
        } else if (operation < 860) {
            open(random);
        } else if (operation < 900) {
            movePages(member, random);
        } else if (operation < 940) {
            count("evicted",
                    pool.reuse().evict(List.of(Tier.DEVICE, Tier.HOST, Tier.DISK).get(random.nextInt(3))) ? 1 : 0);
        } else if (operation < 960) {
            copyByReading(member);
        } else if (operation < 980) {
            lose(member, random);
        } else if (operation < 983) {
            move(house.afterCrash());
        } else {
            member.cache.publish(member.tokens());
        }
    }

    private void open(Random random) {
        if (members.size() == CACHES) {
            return;
        }
        int window = random.nextInt(3) == 0 ? WINDOW : 0;
        var cache = pool.open(LAYOUTS, PLACEMENTS.get(random.nextInt(PLACEMENTS.size())), CAPACITY, window);
        var member = new Member(cache, new ArrayList<>(), random.nextInt(3), window, 0);
        members.add(member);
        int[] prompt = new int[random.nextInt(CAPACITY)];
        for (int i = 0; i < prompt.length; i++) {
            prompt[i] = token(member.script, i, random);
        }
        int adopted = cache.adopt(prompt);
        assertThat(adopted).isLessThanOrEqualTo(Math.max(0, prompt.length - 1));
        assertThat(adopted % COLUMN).isZero();
        for (int i = 0; i < adopted; i++) {
            member.add(prompt[i]);
        }
        count("adopted", adopted);
    }

    private static int token(int script, int position, Random random) {
        return random.nextInt(60) == 0 ? 99 : ((position * (script + 3)) >> 2) & 7;
    }

    private void fork(Member member) {
        if (members.size() < CACHES) {
            members.add(new Member(member.cache.fork(), new ArrayList<>(member.entries), member.script, member.window,
                    member.length));
            count("forked", 1);
        }
    }

    /** Reserves, stores in all that is reserved, commits a part, and mostly publishes. */
    private void append(Member member, Random random) {
        int count = random.nextInt(9);
        if (!reserve(member, count)) {
            return;
        }
        int committed = random.nextInt(count + 1);
        List<Entry> entries = new ArrayList<>();
        int kept = member.entries.size();
        for (int i = 0; i < count; i++) {
            member.add(token(member.script, member.length, random));
            entries.add(member.entries.getLast());
        }
        member.entries.subList(kept + committed, kept + count).clear();
        member.length -= count - committed;
        for (int i = 0; i < count; i++) {
            store(member.cache, kept + i, entries.get(i).stamp());
        }
        member.cache.commit(committed);
        if (random.nextInt(8) > 0) {
            member.cache.publish(member.tokens());
        }
    }

    private boolean reserve(Member member, int count) {
        try {
            member.cache.reserve(count);
            return true;
        } catch (UsageException e) {
            assertThat(e.code()).isEqualTo("PIN-KV-CONTEXT");
            assertThat(member.length + count).isGreaterThan(CAPACITY);
        } catch (MemoryException e) {
            assertThat(e.code()).isIn("PIN-MEMORY-BUDGET", "PIN-KV-DISKFULL");
            count("out of memory", 1);
        } catch (KvPageException e) {
            forget(member, e.page());
        }
        return false;
    }

    private void truncate(Member member, Random random) {
        int size = member.entries.size();
        int kept = random.nextBoolean() ? size - random.nextInt(Math.min(6, size + 1)) : random.nextInt(size + 1);
        try {
            member.cache.truncate(kept);
            member.truncate(kept);
        } catch (UsageException e) {
            assertThat(e.code()).isEqualTo("PIN-KV-EXCISE");
            assertThat(member.window).isEqualTo(WINDOW);
            count("refused truncation", 1);
        }
    }

    private void excise(Member member, Random random) {
        int size = member.entries.size();
        int from = random.nextInt(size / COLUMN + 1) * COLUMN + (random.nextInt(8) == 0 ? 1 : 0);
        int to = from + random.nextInt(3) * COLUMN;
        boolean possible = from % COLUMN == 0 && to <= size
                && (from == to || (to - from < size && size - to >= member.window));
        try {
            member.cache.excise(from, to);
            assertThat(possible).isTrue();
            member.entries.subList(from, to).clear();
            count("excised", to - from);
        } catch (UsageException e) {
            assertThat(e.code()).isEqualTo("PIN-KV-EXCISE");
            assertThat(possible).isFalse();
            count("refused excision", 1);
        }
    }

    /** What else might move pages. */
    private void movePages(Member member, Random random) {
        List<KvPage> pages = new ArrayList<>();
        for (PageTable table : member.cache.tables()) {
            table.handles().stream().filter(handle -> !handle.pinned() && random.nextBoolean())
                    .forEach(handle -> pages.add(handle.page()));
        }
        // a reservation of somebody else's would be in the way; a reserve of one's own brings them back
        members.forEach(other -> other.cache.truncate(other.entries.size()));
        pages.removeIf(page -> member.cache.tables().stream()
                .noneMatch(table -> table.view().pages().contains(page)));
        Tier[] targets = {house.device().tier(), Tier.HOST, Tier.DISK};
        try {
            house.device().move(pages, targets[random.nextInt(3)]);
            count("moved", pages.size());
        } catch (MemoryException _) {
            count("not moved", pages.size());
        } catch (KvPageException e) {
            forget(member, e.page());
        }
    }

    /** As a snapshot does: reads all pages and writes them to those of a new cache. */
    private void copyByReading(Member member) {
        boolean gaps = member.length > member.entries.size();
        if (members.size() == CACHES || gaps) {
            return;
        }
        var copy = new Member(pool.open(LAYOUTS, PLACEMENTS.get(2), CAPACITY, member.window), new ArrayList<>(),
                member.script, member.window, 0);
        members.add(copy);
        try (Arena arena = Arena.ofConfined()) {
            List<List<MemorySegment>> images = new ArrayList<>();
            for (PageTable table : member.cache.tables()) {
                List<MemorySegment> layer = new ArrayList<>();
                for (int i = 0; i < table.pagesFor(member.entries.size()); i++) {
                    layer.add(arena.allocate(table.page(i).bytes(), 64));
                    house.device().read(table.page(i), layer.getLast());
                }
                images.add(layer);
            }
            if (reserve(copy, member.entries.size())) {
                for (int layer = 0; layer < images.size(); layer++) {
                    for (int i = 0; i < images.get(layer).size(); i++) {
                        house.device().write(copy.cache.view(layer).pages().get(i), images.get(layer).get(i));
                    }
                }
                copy.cache.commit(member.entries.size());
                copy.entries.addAll(member.entries);
                copy.length = member.length;
                count("copied by reading", copy.length);
            }
        } catch (KvPageException e) {
            forget(member, e.page());
        }
    }

    private void lose(Member member, Random random) {
        List<KvPage> far = member.cache.tables().stream().flatMap(table -> table.view().pages().stream())
                .filter(page -> page.tier() == Tier.DISK).toList();
        if (!far.isEmpty() && house.lose(far.get(random.nextInt(far.size())))) {
            count("lost", 1);
        }
    }

    /** What the engine does when a page is lost. */
    private void forget(Member member, KvPage page) {
        int first = member.cache.lost(page).orElseThrow();
        assertThat(first % COLUMN).isZero();
        try {
            member.cache.truncate(first);
            member.truncate(first);
        } catch (UsageException e) {
            assertThat(e.code()).isEqualTo("PIN-KV-EXCISE");
            members.remove(member);
            member.cache.close();
        }
    }

    private void store(PagedKvCache cache, int entry, int stamp) {
        for (int layer = 0; layer < LAYOUTS.size(); layer++) {
            KvView view = cache.view(layer);
            int tokens = view.layout().pageTokens();
            KvPage page = view.pages().get(entry / tokens);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment image = arena.allocate(page.bytes(), 64);
                house.device().read(page, image);
                image.setAtIndex(ValueLayout.JAVA_INT, entry % tokens, stamp);
                image.setAtIndex(ValueLayout.JAVA_INT, tokens + entry % tokens, ~stamp);
                house.device().write(page, image);
            }
        }
    }

    private void compare() {
        Set<KvPage> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Member member : List.copyOf(members)) {
            PagedKvCache cache = member.cache;
            assertThat(cache.length()).isEqualTo(member.length);
            assertThat(cache.entries()).isEqualTo(member.entries.size());
            boolean same = false;
            while (!same && members.contains(member)) {
                try {
                    compare(member);
                    same = true;
                } catch (KvPageException e) {
                    forget(member, e.page());
                }
            }
        }
        pool.checkIntegrity();
        int held = 0;
        for (Member member : members) {
            for (PageTable table : member.cache.tables()) {
                distinct.addAll(table.view().pages());
                held += table.size();
            }
        }
        count("shared pages", held - distinct.size());
        count("far pages", (int) distinct.stream().filter(page -> page.tier() != house.device().tier()).count());
        distinct.forEach(page -> count("pages on " + page.tier(), 1));
        assertThat(pool.reusableBytes()).isLessThanOrEqualTo(600);
        pool.index().columns().forEach(column -> column.handles().forEach(handle -> distinct.add(handle.page())));
        assertThat(house.device().memory().snapshot().bytes(Purpose.KV))
                .isEqualTo(distinct.stream().mapToLong(KvPage::bytes).sum());
    }

    private void compare(Member member) {
        try (Arena arena = Arena.ofConfined()) {
            for (PageTable table : member.cache.tables()) {
                int tokens = table.layout().pageTokens();
                for (int page = 0; page < table.pagesFor(member.entries.size()); page++) {
                    MemorySegment image = arena.allocate(table.page(page).bytes(), 64);
                    house.device().read(table.page(page), image);
                    int end = Math.min(member.entries.size(), (page + 1) * tokens);
                    for (int i = page * tokens; i < end; i++) {
                        int key = image.getAtIndex(ValueLayout.JAVA_INT, i % tokens);
                        int value = image.getAtIndex(ValueLayout.JAVA_INT, tokens + i % tokens);
                        int expected = member.entries.get(i).stamp();
                        if (key != expected || value != ~expected) {
                            throw new AssertionError("entry " + i + " of " + member.entries.size() + ": " + key + ", "
                                    + ~value + " instead of " + expected);
                        }
                    }
                }
            }
        }
    }
}
