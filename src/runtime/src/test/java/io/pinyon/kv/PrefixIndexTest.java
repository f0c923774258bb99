/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.pinyon.kv.PagePool.Handle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class PrefixIndexTest {
    private static final ChainId ROOT = ChainId.root("model", List.of());

    private static PrefixIndex.ChainHash hash(boolean degenerate) {
        return degenerate ? (_, _) -> 1 : PrefixIndex::mix;
    }

    private final PagePool<String> pool = new PagePool<>(_ -> {});

    private Column<String> add(PrefixIndex<String> index, Column<String> before, String name, int... tokens) {
        Handle<String> handle = pool.add(name);
        Column<String> column = index.add(before, tokens, List.of(handle));
        pool.release(handle);
        index.checkIntegrity();
        return column;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void equalHashesAloneNeverShare(boolean degenerate) {
        var index = new PrefixIndex<>(pool, hash(degenerate));
        Column<String> root = index.root(ROOT);
        Column<String> a = add(index, root, "a", 1, 2);
        Column<String> b = add(index, root, "b", 1, 3);
        Column<String> ac = add(index, a, "ac", 4, 5);
        Column<String> other = add(index, index.root(ChainId.root("another model", List.of())), "other", 1, 2);
        assertThat(index.find(root, new int[]{1, 2})).containsSame(a);
        assertThat(index.find(root, new int[]{1, 3})).containsSame(b);
        assertThat(index.find(other.parent(), new int[]{1, 2})).containsSame(other);
        assertThat(index.find(a, new int[]{4, 5})).containsSame(ac);
        // the same tokens behind other tokens
        assertThat(index.find(b, new int[]{4, 5})).isEmpty();
        assertThat(index.find(root, new int[]{4, 5})).isEmpty();
        assertThat(index.find(root, new int[]{2, 1})).isEmpty();
        assertThat(index.find(root, new int[]{1})).isEmpty();
        index.drop(a);
        assertThat(index.find(root, new int[]{1, 2})).isEmpty();
        assertThat(index.find(a, new int[]{4, 5})).isEmpty();
        assertThat(List.of(a.live(), ac.live(), b.live())).containsExactly(false, false, true);
        index.checkIntegrity();
        assertThat(pool.livePages()).isEqualTo(2);
    }

    @Test
    void aColumnIsOlderThanThoseBeforeIt() {
        var index = new PrefixIndex<>(pool, hash(false));
        Column<String> a = add(index, index.root(ROOT), "a", 1);
        Column<String> b = add(index, a, "b", 2);
        Column<String> c = add(index, a, "c", 3);
        index.touch(b);
        assertThat(index.columns()).containsExactly(c, b, a);
        index.touch(c);
        assertThat(index.columns()).containsExactly(b, c, a);
    }

    /**
     * Every sequence of operations up to a length. Two owners, two columns of equal tokens behind each other: an owner takes
     * what is found or adds what is not, or gives its last page back; the index drops either column.
     */
    @ParameterizedTest
    @CsvSource({"false, 6", "true, 6"})
    void everyShortHistoryIsCounted(boolean degenerate, int depth) {
        int operations = 6;
        long histories = 1;
        for (int length = 1; length <= depth; length++) {
            histories *= operations;
            for (long history = 0; history < histories; history++) {
                var state = new State(degenerate);
                long rest = history;
                for (int i = 0; i < length; i++, rest /= operations) {
                    state.apply((int) (rest % operations));
                    state.check();
                }
                state.end();
            }
        }
    }

    /** A pool, an index, and what two owners hold. */
    private static final class State {
        private final List<Integer> givenBack = new ArrayList<>();
        private final PagePool<Integer> pool = new PagePool<>(givenBack::add);
        private final PrefixIndex<Integer> index;
        private final List<List<Handle<Integer>>> owners = List.of(new ArrayList<>(), new ArrayList<>());
        private int names;

        State(boolean degenerate) {
            index = new PrefixIndex<>(pool, hash(degenerate));
        }

        private List<Column<Integer>> chain() {
            List<Column<Integer>> chain = new ArrayList<>();
            Optional<Column<Integer>> next = Optional.of(index.root(ROOT));
            while (next.isPresent()) {
                chain.add(next.get());
                next = index.find(chain.getLast(), new int[]{7});
            }
            return chain;
        }

        void apply(int operation) {
            List<Handle<Integer>> owner = owners.get(operation % 2);
            List<Column<Integer>> chain = chain();
            if (operation < 2) {
                int next = owner.size();
                if (next < 2 && next + 1 < chain.size()) {
                    owner.add(pool.retain(chain.get(next + 1).handles().getFirst()));
                } else if (next < 2) {
                    owner.add(pool.add(names++));
                    // an owner whose earlier columns were dropped cannot be found behind them
                    if (next + 1 == chain.size()) {
                        index.add(chain.getLast(), new int[]{7}, List.of(owner.getLast()));
                    }
                }
            } else if (operation < 4) {
                if (!owner.isEmpty()) {
                    pool.release(owner.removeLast());
                }
            } else if (operation - 3 < chain.size()) {
                index.drop(chain.get(operation - 3));
            }
        }

        void check() {
            List<List<Handle<Integer>>> all = new ArrayList<>(owners);
            all.addAll(index.references());
            pool.checkIntegrity(all);
            index.checkIntegrity();
            require(givenBack.size() + pool.livePages() == names, "pages given back");
            for (Column<Integer> column : index.columns()) {
                boolean used = owners.stream().anyMatch(owner -> owner.contains(column.handles().getFirst()));
                require(column.used() == used, "used");
            }
        }

        void end() {
            index.columns().forEach(column -> {
                if (column.live()) {
                    index.drop(column);
                }
            });
            owners.forEach(owner -> owner.forEach(pool::release));
            require(pool.livePages() == 0 && pool.references() == 0, "nothing left");
        }

        private static void require(boolean ok, String what) {
            if (!ok) {
                throw new AssertionError(what);
            }
        }
    }
}
