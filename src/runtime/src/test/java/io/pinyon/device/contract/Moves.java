/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import io.pinyon.device.Device;
import io.pinyon.device.FarAttention;
import io.pinyon.device.KvPage;
import io.pinyon.device.KvTiers;
import io.pinyon.device.PageStore;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Purpose;
import io.pinyon.memory.Tier;

import static org.assertj.core.api.Assertions.assertThat;

/** Where a device's pages may lie, and whether its books say where they do. */
final class Moves {
    private Moves() {}

    /** Tiers of a device with a store, nearest first. */
    static List<Tier> tiers(Device device) {
        return device.tier() == Tier.HOST
                ? List.of(Tier.HOST, Tier.DISK)
                : List.of(device.tier(), Tier.HOST, Tier.DISK);
    }

    /** Ways of attention that may differ on a device. */
    static List<FarAttention> ways(Device device) {
        return device.tier() == Tier.HOST ? List.of(FarAttention.AUTO) : List.of(FarAttention.values());
    }

    /** With buffers for a few pages of so many bytes. */
    static KvTiers tiers(long pageBytes, FarAttention way, PageStore store) {
        return new KvTiers(3 * pageBytes, way, Optional.of(store));
    }

    /** Moves some of the pages somewhere. */
    static void random(Device device, List<KvPage> pages, Random random) {
        List<Tier> tiers = tiers(device);
        double share = random.nextDouble();
        List<KvPage> chosen = new ArrayList<>(pages.stream().filter(_ -> random.nextDouble() < share).toList());
        device.move(chosen, tiers.get(random.nextInt(tiers.size())));
    }

    /** Pages are booked where they are, to the byte. */
    static void assertBooked(Device device, List<KvPage> pages) {
        for (Tier tier : Tier.values()) {
            assertThat(booked(device, tier)).as("KV bytes on %s", tier).isEqualTo(
                    pages.stream().filter(page -> page.tier() == tier).mapToLong(KvPage::bytes).sum());
        }
    }

    private static long booked(Device device, Tier tier) {
        return device.memory().snapshot().items().stream()
                .filter(item -> item.tier() == tier && item.purpose() == Purpose.KV)
                .mapToLong(MemorySnapshot.Item::bytes).sum();
    }

    /** Bytes of a tier, whatever they are for. */
    static long used(Device device, Tier tier) {
        return device.memory().snapshot().items().stream().filter(item -> item.tier() == tier)
                .mapToLong(MemorySnapshot.Item::bytes).sum();
    }
}
