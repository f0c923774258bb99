/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv.place;

import java.util.List;
import java.util.stream.IntStream;

import io.pinyon.memory.Tier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class SplitTest {
    private static final Placement TEN_AND_TWENTY = new Placement(true, new Limit.Percent(10), new Limit.Percent(20));

    private static List<Tier> tiers(Split split, Tier own, int pages) {
        return IntStream.range(0, pages).mapToObj(page -> split.tier(page, own)).toList();
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0, 0", "5, 1, 0, 0", "10, 1, 0, 0", "11, 1, 1, 0", "31, 1, 21, 1", "100, 1, 90, 70",
            "100, 64, 36, 16", "40, 64, 0, 0"})
    void theNewestAreNearest(int pages, int written, int firstNear, int firstHost) {
        assertThat(Split.of(TEN_AND_TWENTY, Tier.DEVICE, Tier.DISK, 100, 1, pages, written))
                .isEqualTo(new Split(firstNear, firstHost));
    }

    @Test
    void everyPageHasOneTier() {
        assertThat(tiers(new Split(3, 1), Tier.DEVICE, 5)).containsExactly(Tier.DISK, Tier.HOST, Tier.HOST, Tier.DEVICE,
                Tier.DEVICE);
        assertThat(tiers(new Split(2, 2), Tier.HOST, 3)).containsExactly(Tier.DISK, Tier.DISK, Tier.HOST);
    }

    @Test
    void limitsAddUpWhereTheDeviceIsTheHost() {
        assertThat(Split.of(TEN_AND_TWENTY, Tier.HOST, Tier.DISK, 100, 1, 50, 1)).isEqualTo(new Split(20, 20));
        assertThat(Split.of(Placement.TIERS, Tier.HOST, Tier.DISK, 100, 1, 100, 1)).isEqualTo(new Split(0, 0));
    }

    @Test
    void withoutADiskTheHostIsUnlimited() {
        assertThat(Split.of(TEN_AND_TWENTY, Tier.DEVICE, Tier.HOST, 100, 1, 100, 1)).isEqualTo(new Split(90, 0));
    }

    @Test
    void whatCannotOrMayNotMoveStays() {
        assertThat(Split.of(TEN_AND_TWENTY, Tier.HOST, Tier.HOST, 100, 1, 100, 1)).isEqualTo(new Split(0, 0));
        assertThat(
                Split.of(new Placement(false, new Limit.Bytes(0), new Limit.Bytes(0)), Tier.DEVICE, Tier.DISK, 100, 1,
                        100, 1))
                .isEqualTo(new Split(0, 0));
    }

    @Test
    void bytesCountAllLayers() {
        var placement = new Placement(true, new Limit.Bytes(79), new Limit.Bytes(40));
        assertThat(Split.of(placement, Tier.DEVICE, Tier.DISK, 100, 20, 10, 1)).isEqualTo(new Split(7, 5));
    }
}
