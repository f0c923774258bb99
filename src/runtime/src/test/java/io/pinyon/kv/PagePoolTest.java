/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.List;

import io.pinyon.error.EngineException;
import io.pinyon.kv.PagePool.Handle;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PagePoolTest {
    private static void refused(String what, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(EngineException.class)
                .hasMessageStartingWith("PIN-KV-INTEGRITY: " + what);
    }

    /**
     * Every sequence of operations up to a length. An operation is an owner taking a page, which is added when nobody has
     * it, or dropping one, which is tried on dead pages too.
     */
    @ParameterizedTest
    @CsvSource({"2, 2, 6", "3, 2, 5", "2, 3, 5"})
    void everyShortHistoryIsCounted(int pages, int owners, int depth) {
        int operations = 2 * pages * owners;
        long histories = 1;
        for (int length = 1; length <= depth; length++) {
            histories *= operations;
            for (long history = 0; history < histories; history++) {
                var state = new State(pages, owners);
                long rest = history;
                for (int i = 0; i < length; i++, rest /= operations) {
                    state.apply((int) (rest % operations));
                }
                state.check();
            }
        }
    }

    /** A pool and what it should count. */
    private static final class State {
        private final List<Integer> givenBack = new ArrayList<>();
        private final PagePool<Integer> pool = new PagePool<>(givenBack::add);
        private final List<Integer> expectedBack = new ArrayList<>();
        private final List<List<Handle<Integer>>> handles = new ArrayList<>();
        private final int[][] held;
        private final int pages;
        private int names;

        State(int pages, int owners) {
            this.pages = pages;
            held = new int[owners][pages];
            for (int page = 0; page < pages; page++) {
                handles.add(new ArrayList<>());
            }
        }

        private int references(int page) {
            int sum = 0;
            for (int[] owner : held) {
                sum += owner[page];
            }
            return sum;
        }

        void apply(int operation) {
            int page = operation / 2 % pages;
            int[] owner = held[operation / 2 / pages];
            List<Handle<Integer>> lives = handles.get(page);
            boolean live = references(page) > 0;
            if (operation % 2 == 0) {
                if (live) {
                    assertThat(pool.retain(lives.getLast())).isSameAs(lives.getLast());
                } else {
                    lives.add(pool.add(names++));
                }
                owner[page]++;
            } else if (owner[page] > 0) {
                owner[page]--;
                pool.release(lives.getLast());
                if (references(page) == 0) {
                    expectedBack.add(lives.getLast().page());
                }
            } else if (!live && !lives.isEmpty()) {
                refusesDead(lives.getLast());
            }
        }

        private void refusesDead(Handle<Integer> dead) {
            try {
                pool.release(dead);
            } catch (EngineException e) {
                if (e.code().equals("PIN-KV-INTEGRITY")) {
                    return;
                }
            }
            throw new AssertionError("a dead page was released");
        }

        void check() {
            long sum = 0;
            int livePages = 0;
            List<List<Handle<Integer>>> owned = new ArrayList<>();
            for (int[] owner : held) {
                List<Handle<Integer>> mine = new ArrayList<>();
                owned.add(mine);
                for (int page = 0; page < pages; page++) {
                    for (int i = 0; i < owner[page]; i++) {
                        mine.add(handles.get(page).getLast());
                    }
                    sum += owner[page];
                }
            }
            for (int page = 0; page < pages; page++) {
                int count = references(page);
                if (count > 0) {
                    livePages++;
                    require(handles.get(page).getLast().shared() == (count > 1), "shared");
                }
            }
            require(pool.livePages() == livePages, "live pages");
            require(pool.references() == sum, "references");
            require(givenBack.equals(expectedBack), "pages given back");
            pool.checkIntegrity(owned);
        }

        private static void require(boolean ok, String what) {
            if (!ok) {
                throw new AssertionError(what);
            }
        }
    }

    @Test
    void everyKindOfDifferenceIsNoticed() {
        var pool = new PagePool<String>(_ -> {});
        Handle<String> a = pool.add("a");
        Handle<String> b = pool.retain(pool.add("b"));
        pool.checkIntegrity(List.of(List.of(a, b), List.of(b)));
        refused("references to a page: 2, expected 1", () -> pool.checkIntegrity(List.of(List.of(a, b))));
        refused("references to a page: 1, expected 2", () -> pool.checkIntegrity(List.of(List.of(a, b, b, a))));
        refused("live pages: 2, expected 1", () -> pool.checkIntegrity(List.of(List.of(b, b))));
        pool.release(a);
        refused("live pages behind a handle: 0", () -> pool.checkIntegrity(List.of(List.of(a, b, b))));
        refused("live pages behind a handle: 0", () -> pool.retain(a));
        refused("live pages behind a handle: 0", () -> pool.release(a));
        assertThat(pool.livePages()).isEqualTo(1);
        assertThat(pool.references()).isEqualTo(2);
    }

    @Test
    void handlesOfAnotherPoolAreRefused() {
        var pool = new PagePool<String>(_ -> {});
        Handle<String> foreign = new PagePool<String>(_ -> {}).add("foreign");
        refused("pools of a page", () -> pool.retain(foreign));
        refused("pools of a page", () -> pool.release(foreign));
        refused("pools of a page", () -> pool.checkIntegrity(List.of(List.of(foreign))));
        assertThat(pool.references()).isZero();
    }

    @Test
    void aPageIsCountedOutBeforeItGoesBack() {
        List<Integer> seen = new ArrayList<>();
        List<PagePool<String>> pools = new ArrayList<>();
        var pool = new PagePool<String>(_ -> seen.add(pools.getFirst().livePages()));
        pools.add(pool);
        pool.release(pool.add("a"));
        assertThat(seen).containsExactly(0);
    }
}
