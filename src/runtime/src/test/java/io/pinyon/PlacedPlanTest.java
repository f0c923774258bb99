/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import io.pinyon.device.DeviceOptions;
import io.pinyon.error.MemoryException;
import io.pinyon.memory.MemoryBudget;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Plans of caches whose pages lie in several tiers, for a model of 3 layers and pages of 16 tokens, 6 KiB in all. */
class PlacedPlanTest {
    private static final int CONTEXT = 128;
    private static final long PAGES = 8;
    private static final long PAGE = 3L * 2 * 2 * 16 * 2 * 16;
    private static final String SIXTEEN = "codec=f16:page=16";

    @TempDir
    static Path folder;

    private static Path tiny = Path.of("");

    @BeforeAll
    static void model() throws IOException {
        tiny = TinyModel.in(folder);
    }

    private static ModelOptions options(String device) {
        return ModelOptions.defaults().withDeviceOptions(DeviceOptions.defaults().withGroupBytes(4096))
                .withDevice(device).withThreads(1).withPrefillChunk(16);
    }

    private static ModelOptions withFile(ModelOptions options) {
        return options.withKvFile(folder.resolve("pages"));
    }

    private static Plan plan(ModelOptions options, String kv, int sessions) {
        return Pinyon.plan(tiny, options, SessionOptions.defaults().withKv(kv).withContextLength(CONTEXT), sessions);
    }

    private static long bytes(Plan plan, Tier tier, Purpose purpose) {
        return plan.memory().items().stream().filter(item -> item.tier() == tier && item.purpose() == purpose)
                .mapToLong(MemoryPlan.Item::bytes).sum();
    }

    private static List<Long> kv(Plan plan) {
        return List.of(bytes(plan, Tier.DEVICE, Purpose.KV) / PAGE, bytes(plan, Tier.HOST, Purpose.KV) / PAGE,
                bytes(plan, Tier.DISK, Purpose.KV) / PAGE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            cuda   | true  | device                      | 1 | 8 | 0 | 0
            cuda   | false | tiers                       | 1 | 8 | 0 | 0
            cuda   | false | tiers:device=25%            | 1 | 2 | 6 | 0
            cuda   | false | tiers:device=25%,host=25%   | 1 | 2 | 6 | 0
            cuda   | true  | tiers:device=25%,host=25%   | 1 | 2 | 2 | 4
            cuda   | true  | tiers:device=0,host=0       | 1 | 1 | 0 | 7
            cuda   | true  | tiers:device=13KiB,host=all | 2 | 4 | 12 | 0
            cpu    | true  | tiers:device=25%,host=25%   | 1 | 0 | 4 | 4
            cpu    | true  | tiers:device=25%            | 1 | 0 | 8 | 0
            cpu    | false | tiers:device=25%,host=25%   | 1 | 0 | 8 | 0
            scalar | true  | tiers:device=0,host=0       | 3 | 0 | 3 | 21
            """)
    void limitsSayWherePagesLie(String device, boolean file, String place, int sessions, long own, long host,
            long disk) {
        ModelOptions options = file ? withFile(options(device)) : options(device);
        Plan plan = plan(options, SIXTEEN + "; place=" + place, sessions);

        assertThat(kv(plan)).containsExactly(own, host, disk);
        Plan fixed = plan(options, SIXTEEN, sessions);
        long onDevice = bytes(plan, Tier.DEVICE, Purpose.STAGING) - bytes(fixed, Tier.DEVICE, Purpose.STAGING);
        long onHost = bytes(plan, Tier.HOST, Purpose.STAGING) - bytes(fixed, Tier.HOST, Purpose.STAGING);
        if (device.equals("cuda")) {
            boolean movable = place.startsWith("tiers");
            assertThat(onHost).isEqualTo(file && movable ? 2 * 4096 : 0);
            // for 16 rows of 4 heads of 16 elements a sum, and two numbers
            assertThat(onDevice).isEqualTo(!movable ? 0 : 2 * 4096 + (host + disk > 0 ? 16 * 4 * (16 + 2) * 4 : 0));
        } else {
            assertThat(onDevice).isZero();
            assertThat(onHost).isBetween(2 * (disk / sessions) * PAGE / 3, 2 * (disk / sessions) * PAGE / 3 * 9 / 8);
        }
    }

    @Test
    void withoutLimitsTheNearestTierWithRoomTakesPages() {
        String tiers = SIXTEEN + "; place=tiers";
        ModelOptions gpu = withFile(options("cuda"));
        Plan moving = plan(gpu, SIXTEEN + "; place=tiers:device=3,host=2", 1);
        long fixedDevice = moving.memory().bytes(Tier.DEVICE) - PAGE;
        long fixedHost = moving.memory().bytes(Tier.HOST);

        for (long own = 1; own <= 6; own++) {
            Plan host = plan(gpu.withBudget(MemoryBudget.of(fixedDevice + own * PAGE + PAGE / 2)), tiers, 1);
            assertThat(kv(host)).containsExactly(own, PAGES - own, 0L);
            assertThat(host.fits()).isTrue();
            for (long there = 0; there < PAGES - own; there++) {
                Plan disk = plan(gpu.withBudget(MemoryBudget.of(fixedDevice + own * PAGE)
                        .withHost(fixedHost + there * PAGE)), tiers, 1);
                assertThat(kv(disk)).containsExactly(own, there, PAGES - own - there);
                assertThat(disk.fits()).isTrue();
            }
        }
    }

    @Test
    void aHostDeviceCountsWhatBringsPagesBack() {
        ModelOptions options = withFile(options("scalar"));
        long all = plan(options, SIXTEEN, 1).memory().bytes(Tier.HOST);
        long onDisk = 0;

        for (long budget = all; budget > all - 3 * PAGE / 2; budget -= PAGE / 8) {
            Plan plan = plan(options.withMemoryLimit(budget), SIXTEEN + "; place=tiers", 1);
            long disk = kv(plan).get(2);
            assertThat(plan.fits()).isTrue();
            assertThat(disk).isBetween(onDisk, PAGES - 1);
            onDisk = disk;
        }
        assertThat(onDisk).isPositive();
    }

    @Test
    void everyTierThatOverflowsIsItemised() {
        ModelOptions options = withFile(options("cuda"))
                .withBudget(MemoryBudget.parse("device=1KiB,host=2KiB,disk=3KiB"));
        Plan plan = plan(options, SIXTEEN + "; place=tiers", 1);

        assertThat(plan.memory().overflowing(plan.available())).containsExactly(Tier.DEVICE, Tier.HOST, Tier.DISK);
        assertThat(plan.longestContext()).isZero();
        assertThat(plan.remedies()).hasSize(3);
        assertThatThrownBy(plan::requireFit).isInstanceOf(MemoryException.class).hasMessageContaining("PIN-MEMORY-PLAN")
                .hasMessageContaining("device memory are needed").hasMessageContaining("there are 1.0 KiB: weights")
                .hasMessageContaining("host memory are needed").hasMessageContaining("there are 2.0 KiB: page-locked")
                .hasMessageContaining("disk memory are needed").hasMessageContaining("KV pages on disk 42.0 KiB");
    }

    @Test
    void theRemediesWork() {
        ModelOptions roomy = options("cuda");
        Plan wide = plan(roomy, "codec=f32:page=16", 1);
        long short32 = wide.memory().bytes(Tier.DEVICE) - PAGE;
        Plan plan = plan(roomy.withMemoryLimit(short32), "codec=f32:page=16", 1);

        assertThat(plan.fits()).isFalse();
        assertThat(plan.remedies().get(0)).isEqualTo("shorten the context to 112 tokens");
        assertThat(plan.remedies().get(1)).startsWith("keep the KV as 'codec=");
        assertThat(plan.remedies().get(2)).startsWith("raise the budget to device=");
        String spec = plan.remedies().get(1).replaceAll(".*'(.*)'.*", "$1");
        assertThat(plan(roomy.withMemoryLimit(short32), spec, 1).fits()).isTrue();
        String budget = plan.remedies().get(2).replaceFirst("raise the budget to ", "");
        assertThat(plan(roomy.withBudget(MemoryBudget.parse(budget)), "codec=f32:page=16", 1).fits()).isTrue();
        SessionOptions shorter = SessionOptions.defaults().withKv("codec=f32:page=16");
        ModelOptions limited = roomy.withMemoryLimit(short32);
        assertThat(Pinyon.plan(tiny, limited, shorter.withContextLength(112), 1).fits()).isTrue();
        assertThat(Pinyon.plan(tiny, limited, shorter.withContextLength(113), 1).fits()).isFalse();
    }

    @Test
    void aPageFileIsNamedWhereItWouldHelp() {
        Plan all = plan(options("scalar"), SIXTEEN, 1);
        Plan plan = plan(options("scalar").withMemoryLimit(all.memory().bytes(Tier.HOST) - PAGE), SIXTEEN, 1);

        assertThat(plan.remedies().get(1))
                .isEqualTo("keep the KV as 'codec=f16:page=16; place=tiers' with a page file (--kv-file)");
    }
}
