/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import io.pinyon.device.cuda.CopyRuns.Run;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CopyRunsTest {
    private final CopyRuns runs = new CopyRuns(target -> target / 1000, source -> source / 1000);

    @Test
    void neighboursOnBothSidesAreJoined() {
        runs.add(100, 5100, 50);
        runs.add(150, 5150, 50);
        runs.add(200, 5200, 7);
        assertThat(runs.runs()).containsExactly(new Run(100, 5100, 107));
    }

    @Test
    void neighboursOnOneSideAreNot() {
        runs.add(100, 5100, 50);
        runs.add(150, 5200, 50);
        runs.add(300, 5250, 50);
        assertThat(runs.runs()).hasSize(3);
    }

    @Test
    void neighboursInDifferentAllocationsAreNot() {
        runs.add(100, 5950, 50);
        runs.add(150, 6000, 50);
        runs.add(900, 7000, 100);
        runs.add(1000, 7100, 100);
        assertThat(runs.runs()).hasSize(4);
    }
}
