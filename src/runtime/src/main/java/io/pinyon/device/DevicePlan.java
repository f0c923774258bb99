/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

import io.pinyon.error.DeviceException;
import io.pinyon.memory.MemoryPlan;
import io.pinyon.memory.Tier;

/**
 * How a device would hold a workload; nothing is loaded.
 *
 * @param id the device, or its kind if it cannot be used here
 * @param tier the tier that its limit counts, and that is its own
 * @param available bytes that this tier may hold; empty for a device that is not here and has no limit
 * @param unusable why the device cannot be used here, though it can be planned for
 * @param provider plans
 * @param options how it would be opened
 */
public record DevicePlan(String id, Tier tier, OptionalLong available, Optional<String> unusable,
        DeviceProvider provider, DeviceOptions options) {
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
            long there = device.freeBytes().orElse(device.info().memoryBytes());
            // with a limit, it is the limit that is asked about, also that of another machine
            return new DevicePlan(device.info().id(), provider.tier(),
                    OptionalLong.of(options.memoryLimit().orElse(there)), Optional.empty(), provider, options);
        } catch (DeviceException e) {
            if (kind(request).equals("auto")) {
                throw e;
            }
            DeviceProvider provider = provider(request);
            return new DevicePlan(request.strip(), provider.tier(), options.memoryLimit(), Optional.of(e.problem()),
                    provider, options);
        }
    }

    private static String kind(String id) {
        return id.strip().toLowerCase(Locale.ROOT).split(":", 2)[0];
    }

    private static DeviceProvider provider(String id) {
        return Devices.providers().stream().filter(p -> p.kind().equals(kind(id))).findFirst().orElseThrow();
    }

    /** Bytes at the peak of a workload. */
    public MemoryPlan memory(Workload work) {
        return provider.plan(work, options);
    }

    /** Whether a workload fits; what is not known does. */
    public boolean fits(Workload work) {
        return available.isEmpty() || memory(work).bytes(tier) <= available.getAsLong();
    }

    /** The longest sessions of a workload's kind that fit, at most as long as its own; 0 if none do. */
    public int mostTokens(Workload work) {
        int fit = 0;
        int tooMany = work.tokens() + 1;
        while (tooMany - fit > 1) {
            int middle = (fit + tooMany) >>> 1;
            if (fits(work.withTokens(middle))) {
                fit = middle;
            } else {
                tooMany = middle;
            }
        }
        return fit;
    }
}
