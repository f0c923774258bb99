/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;

import io.pinyon.device.Device;
import io.pinyon.device.DeviceOptions;
import io.pinyon.device.KvLayout;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvView;
import io.pinyon.device.contract.Seeds;
import io.pinyon.device.host.HostPage;
import io.pinyon.device.scalar.ScalarDevice;
import io.pinyon.error.MemoryException;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormats;
import io.pinyon.memory.Purpose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random operations on a family of caches and on plain lists of what each should hold, compared after each operation.
 * A run goes on until all that it is to meet has happened, within reason, so that it does not depend on the seed.
 * {@code -Dpinyon.kv.operations=…} sets how many.
 */
class KvForkModelTest {
    private static final int OPERATIONS = Integer.getInteger("pinyon.kv.operations", 4000);
    private static final int MOST_OPERATIONS = 10 * Math.max(OPERATIONS, 4000);
    private static final int CACHES = 8;
    private static final int CAPACITY = 60;
    private static final List<KvLayout> LAYOUTS = List.of(new KvLayout(KvFormats.F32, KvFormats.F32, 1, 1, 1, 16),
            new KvLayout(KvFormats.F32, KvFormats.F32, 1, 1, 1, 4));

    /** A cache and the keys that were committed to it; values are the keys, negated. */
    private record Member(PagedKvCache cache, List<Float> stored) {}

    private final List<Member> members = new ArrayList<>();
    private int forks;
    private int copies;
    private int refusals;
    private int shortages;
    private float stamp;

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, 2500})
    void agreesWithLists(long memoryLimit) {
        Random random = Seeds.random("kv forks", memoryLimit);
        try (Device device = new ScalarDevice(DeviceOptions.defaults().withMemoryLimit(memoryLimit))) {
            int done = 0;
            while (done < OPERATIONS || (done < MOST_OPERATIONS && !seenAll(memoryLimit < Long.MAX_VALUE))) {
                operate(device, random);
                compare(device);
                done++;
            }
            System.out.println("kv forks: " + done + " operations, " + forks + " forks, " + copies + " copies, "
                    + refusals + " refusals, " + shortages + " for want of memory");
            Collections.shuffle(members, random);
            while (!members.isEmpty()) {
                members.removeLast().cache().close();
                compare(device);
            }
            assertThat(device.memory().snapshot().bytes(Purpose.KV)).isZero();
        }
        assertThat(forks).isPositive();
        assertThat(copies).isPositive();
        assertThat(refusals).as("with those for want of memory").isGreaterThan(shortages);
        assertThat(shortages > 0).as("memory ran out").isEqualTo(memoryLimit < Long.MAX_VALUE);
    }

    private boolean seenAll(boolean littleRoom) {
        return forks > 0 && copies > 0 && refusals > shortages && (shortages > 0 || !littleRoom);
    }

    private void operate(Device device, Random random) {
        if (members.isEmpty()) {
            members.add(new Member(new PagedKvCache(device, LAYOUTS, CAPACITY), new ArrayList<>()));
        }
        Member member = members.get(random.nextInt(members.size()));
        int operation = random.nextInt(20);
        if (operation < 10) {
            append(member, random);
        } else if (operation < 14) {
            fork(member);
        } else if (operation < 18) {
            int length = member.stored().size();
            int newLength = random.nextBoolean()
                    ? length - random.nextInt(Math.min(6, length + 1))
                    : random.nextInt(length + 1);
            member.cache().truncate(newLength);
            member.stored().subList(newLength, length).clear();
        } else {
            members.remove(member);
            member.cache().close();
        }
    }

    private void fork(Member member) {
        if (members.size() < CACHES) {
            members.add(new Member(member.cache().fork(), new ArrayList<>(member.stored())));
            forks++;
        }
    }

    /** Reserves, stores in all that is reserved, and commits a part. */
    private void append(Member member, Random random) {
        PagedKvCache cache = member.cache();
        List<Float> stored = member.stored();
        int count = random.nextInt(9);
        List<KvView> before = views(cache);
        try {
            cache.reserve(count);
        } catch (UsageException | MemoryException e) {
            assertThat(e.code()).isIn("PIN-KV-CONTEXT", "PIN-MEMORY-BUDGET");
            assertThat(cache.view(0)).isSameAs(before.get(0));
            assertThat(cache.view(1)).isSameAs(before.get(1));
            refusals++;
            shortages += e instanceof MemoryException ? 1 : 0;
            return;
        }
        for (int layer = 0; layer < LAYOUTS.size(); layer++) {
            List<KvPage> old = before.get(layer).pages();
            List<KvPage> now = cache.view(layer).pages();
            boolean replaced = !now.subList(0, old.size()).equals(old);
            copies += replaced ? 1 : 0;
            if (now.equals(old)) {
                assertThat(cache.view(layer)).isSameAs(before.get(layer));
            }
        }
        int committed = random.nextInt(count + 1);
        for (int i = 0; i < count; i++) {
            stamp = stamp >= 1 << 22 ? 1 : stamp + 1;
            store(cache, cache.length() + i, stamp);
            if (i < committed) {
                stored.add(stamp);
            }
        }
        cache.commit(committed);
    }

    private static void store(PagedKvCache cache, int position, float key) {
        for (KvView view : views(cache)) {
            int tokens = view.layout().pageTokens();
            var segment = HostPage.of(view.pages().get(position / tokens)).segment();
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, position % tokens, key);
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, tokens + position % tokens, -key);
        }
    }

    private static List<KvView> views(PagedKvCache cache) {
        return List.of(cache.view(0), cache.view(1));
    }

    private static float key(KvView view, int position) {
        return at(view, position, 0);
    }

    private static float value(KvView view, int position) {
        return at(view, position, view.layout().pageTokens());
    }

    private static float at(KvView view, int position, int offset) {
        int tokens = view.layout().pageTokens();
        return HostPage.of(view.pages().get(position / tokens)).segment().getAtIndex(ValueLayout.JAVA_FLOAT,
                offset + position % tokens);
    }

    private void compare(Device device) {
        Set<KvPage> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        long exclusive = 0;
        for (Member member : members) {
            PagedKvCache cache = member.cache();
            cache.checkIntegrity();
            assertThat(cache.length()).isEqualTo(member.stored().size());
            for (KvView view : views(cache)) {
                distinct.addAll(view.pages());
                for (int i = 0; i < member.stored().size(); i++) {
                    float expected = member.stored().get(i);
                    if (key(view, i) != expected || value(view, i) != -expected) {
                        throw new AssertionError("position " + i + ": " + key(view, i) + ", " + value(view, i)
                                + " instead of +-" + expected);
                    }
                }
            }
            exclusive += cache.bytes() - cache.sharedBytes();
        }
        long held = distinct.stream().mapToLong(KvPage::bytes).sum();
        assertThat(device.memory().snapshot().bytes(Purpose.KV)).isEqualTo(held);
        assertThat(exclusive).isLessThanOrEqualTo(held);
    }
}
