/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class WorkerTeamTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 16})
    void everyItemIsDoneOnceAndBeforeTheTaskReturns(int size) {
        try (var team = new WorkerTeam(size, "test")) {
            for (int count = 0; count < 200; count++) {
                int[] done = new int[count];
                team.run(count, (_, item) -> done[item]++);
                assertThat(done).containsOnly(ones(count));
            }
        }
    }

    private static int[] ones(int count) {
        int[] ones = new int[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    @Test
    void noTwoThreadsAreTheSameMemberAtOneTime() {
        try (var team = new WorkerTeam(4, "test")) {
            var inside = new AtomicIntegerArray(team.size());
            var clashes = new AtomicInteger();
            for (int round = 0; round < 500; round++) {
                team.run(50, (member, _) -> {
                    if (inside.incrementAndGet(member) != 1) {
                        clashes.incrementAndGet();
                    }
                    inside.decrementAndGet(member);
                });
            }
            assertThat(clashes).hasValue(0);
        }
    }

    @Test
    void membersWakeUpAfterTheyHaveParked() throws InterruptedException {
        try (var team = new WorkerTeam(3, "test")) {
            for (int round = 0; round < 5; round++) {
                Thread.sleep(20);
                var done = new AtomicInteger();
                team.run(100, (_, _) -> done.incrementAndGet());
                assertThat(done).hasValue(100);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void whatAnItemThrowsReachesTheCallerAndTheTeamGoesOn(int size) {
        try (var team = new WorkerTeam(size, "test")) {
            for (int bad : new int[]{0, 7, 99}) {
                assertThatThrownBy(() -> team.run(100, (_, item) -> {
                    if (item == bad) {
                        throw new IllegalStateException("item " + item);
                    }
                })).isInstanceOf(IllegalStateException.class).hasMessage("item " + bad);
            }
            assertThatThrownBy(() -> team.run(100, (_, _) -> {
                throw new AssertionError("error");
            })).isInstanceOf(AssertionError.class);
            var done = new AtomicInteger();
            team.run(100, (_, _) -> done.incrementAndGet());
            assertThat(done).hasValue(100);
        }
    }

    @Test
    void closingEndsTheThreads() {
        var team = new WorkerTeam(4, "closing-test");
        team.run(100, (_, _) -> {});
        team.close();
        team.close();
        assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("closing-test"));
    }
}
