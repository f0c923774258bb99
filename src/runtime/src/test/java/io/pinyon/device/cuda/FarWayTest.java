/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cuda;

import java.util.Random;

import io.pinyon.device.FarAttention;
import io.pinyon.device.contract.Seeds;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class FarWayTest {
    private static final long PAGE = 256 << 10;

    @Test
    void whatIsForcedIsDone() {
        assertThat(new FarWay(FarAttention.FETCH, 1e9, 1e12).inPlace(100, PAGE)).isZero();
        assertThat(new FarWay(FarAttention.IN_PLACE, 1e12, 1).inPlace(100, PAGE)).isEqualTo(100);
    }

    @Test
    void fewPagesAreFetchedBecauseAskingTheHostTakesLonger() {
        assertThat(new FarWay(FarAttention.AUTO, 50e9, 100e9).inPlace(10, PAGE)).isZero();
    }

    @Test
    void equalRatesShareEqually() {
        assertThat(new FarWay(FarAttention.AUTO, 50e9, 50e9).inPlace(4000, PAGE)).isBetween(1990, 2000);
        assertThat(new FarWay(FarAttention.AUTO, 50e9, 5e9).inPlace(4000, PAGE)).isBetween(350, 364);
    }

    @Test
    void noOtherShareEndsEarlier() {
        Random random = Seeds.random("shares");
        for (int i = 0; i < 300; i++) {
            int pages = random.nextInt(2000);
            var way = new FarWay(FarAttention.AUTO, 1e9 * (1 + random.nextInt(60)), 1e9 * (1 + random.nextInt(200)));
            double chosen = seconds(way, pages, way.inPlace(pages, PAGE));
            double page = PAGE / way.fetchRate();
            for (int other = 0; other <= pages; other += 1 + pages / 50) {
                assertThat(chosen).isLessThanOrEqualTo(seconds(way, pages, other) + page);
            }
        }
    }

    private static double seconds(FarWay way, int pages, int inPlace) {
        double host = inPlace == 0 ? 0 : FarWay.LATENCY + inPlace * PAGE / way.hostRate();
        return Math.max(host, (pages - inPlace) * PAGE / way.fetchRate());
    }

    @Test
    void ratesFollowWhatIsMeasured() {
        var way = new FarWay(FarAttention.AUTO, 50e9, 10e9);
        for (int i = 0; i < 30; i++) {
            way = way.measured(40_000_000_000L, 1);
        }
        assertThat(way.hostRate()).isCloseTo(40e9, within(0.1e9));
        assertThat(way.fetchRate()).isEqualTo(50e9);
    }
}
