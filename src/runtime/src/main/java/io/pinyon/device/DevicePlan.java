/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

import io.pinyon.error.DeviceException;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Tier;

/**
 * A device to plan for, which need not be there.
 *
 * @param id the device's, or what was asked for
 * @param tier the device's own tier
 * @param available bytes that tiers may hold; a tier without an entry has no limit, or nobody knows it
 * @param unusable why the device cannot be used here
 * @param provider who knows the sums
 * @param options how it would be opened
 */
public record DevicePlan(String id, Tier tier, Map<Tier, Long> available, Optional<String> unusable,
        DeviceProvider provider, DeviceOptions options) {
    /** Copies the map. */
    public DevicePlan {
        available = Map.copyOf(available);
    }

    /**
     * Finds a device.
     *
     * @param request as for {@link Devices#open}
     * @throws io.pinyon.error.UsageException as for {@link Devices#open}
     * @throws DeviceException {@code PIN-DEVICE-UNUSABLE} if the choice is automatic and there is none
     */
    public static DevicePlan of(String request, DeviceOptions options) {
        try (Device device = Devices.open(request, options).device()) {
            DeviceProvider provider = provider(device.info().id());
            // with a limit, it is the limit that is asked about, also that of another machine
            Map<Tier, Long> available = new EnumMap<>(Tier.class);
            available.put(provider.tier(), device.freeBytes().orElse(device.info().memoryBytes()));
            available.putAll(options.budget().limits(provider.tier()));
            return new DevicePlan(device.info().id(), provider.tier(), available,
                    Optional.empty(), provider, options);
        } catch (DeviceException e) {
            if (kind(request).equals("auto")) {
                throw e;
            }
            DeviceProvider provider = provider(request);
            return new DevicePlan(request.strip(), provider.tier(), options.budget().limits(provider.tier()),
                    Optional.of(e.problem()), provider, options);
        }
    }

    private static String kind(String id) {
        return id.strip().toLowerCase(Locale.ROOT).split(":", 2)[0];
    }

    private static DeviceProvider provider(String id) {
        return Devices.providers().stream().filter(p -> p.kind().equals(kind(id))).findFirst().orElseThrow();
    }

    /** Whether pages may lie in a page file. */
    public boolean disk() {
        return options.kvFile().isPresent();
    }

    /** The same device, opened with some page file. */
    public DevicePlan withDisk() {
        return new DevicePlan(id, tier, available, unusable, provider, options.withKvFile(Path.of("pages")));
    }

    /** Whether there is anywhere else that pages could lie. */
    public boolean hasFarTiers() {
        return tier != Tier.HOST || disk();
    }

    /** Bytes at the peak of a workload. */
    public MemoryPlan memory(Workload work) {
        return provider.plan(work, options);
    }

    /** Whether a workload fits; what is not known does. */
    public boolean fits(Workload work) {
        return memory(work).fits(available);
    }

    /**
     * Puts pages where there is room: as many as may be in the device's own memory, then in host memory, the rest on disk.
     * Without a page file, the last tier that there is takes the rest, whether or not it has room.
     *
     * @param most how many may lie where
     */
    public Workload place(Workload work, KvPlaces.Most most) {
        int pages = work.pages();
        if (!most.movable() || !hasFarTiers()) {
            return work.withPlaces(KvPlaces.own(pages));
        }
        int least = Math.min(pages, work.stepPages());
        long limit = tier == Tier.HOST ? (long) most.own() + most.host() : most.own();
        int wanted = (int) Math.min(pages, Math.max(least, limit));
        // between steps the limit holds, but for the page that the next token goes to
        int settled = Math.clamp(limit, 1, pages);
        if (tier == Tier.HOST) {
            Layouting inMemory = count -> work
                    .withPlaces(new KvPlaces(true, count, 0, pages - Math.min(count, settled)));
            return inMemory.of(room(tier, inMemory, least, wanted));
        }
        Layouting near = count -> work
                .withPlaces(new KvPlaces(true, count, pages - Math.min(count, settled), 0));
        int own = room(tier, near, least, wanted);
        if (!disk()) {
            return near.of(own);
        }
        int far = pages - Math.min(own, settled);
        Layouting inHost = count -> work.withPlaces(new KvPlaces(true, own, count, far - count));
        return inHost.of(room(Tier.HOST, inHost, 0, Math.min(far, most.host())));
    }

    /** A workload with so many pages in one place, and all others in the next. */
    @FunctionalInterface
    private interface Layouting {
        Workload of(int pages);
    }

    /** The most pages, from {@code least} to {@code wanted}, for which there is room; {@code least} if there is for none. */
    private int room(Tier where, Layouting layouting, int least, int wanted) {
        Long room = available.get(where);
        if (room == null || wanted <= least || bytes(where, layouting.of(wanted)) <= room) {
            return wanted;
        }
        int fits = least;
        int tooMany = wanted;
        while (tooMany - fits > 1) {
            int middle = (fits + tooMany) >>> 1;
            if (bytes(where, layouting.of(middle)) <= room) {
                fits = middle;
            } else {
                tooMany = middle;
            }
        }
        return fits;
    }

    private long bytes(Tier where, Workload work) {
        return memory(work).bytes(where);
    }
}
