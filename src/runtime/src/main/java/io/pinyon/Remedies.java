/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.pinyon.device.DevicePlan;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.KvSpec;
import io.pinyon.kv.place.Placement;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Tier;

/** Finds out what would make a plan fit that does not. */
final class Remedies {
    private static final long FINE = 1L << 10;
    private static final long COARSE = 1L << 20;
    private static final long MUCH = 16L << 20;

    private final Planning planning;
    private final Planning.Choice choice;
    private final ModelOptions options;

    Remedies(Planning planning, Planning.Choice choice, ModelOptions options) {
        this.planning = planning;
        this.choice = choice;
        this.options = options;
    }

    /** The plan with its remedies: context, KV specification, budget. */
    Plan of(Plan plan) {
        return new Plan(plan.device(), plan.unusable(), plan.contextLength(), plan.sessions(), plan.kv(),
                plan.prefillChunk(), plan.memory(), plan.tier(), plan.available(), plan.longestContext(),
                List.of(context(plan), specification(), budget(plan)));
    }

    private static String context(Plan plan) {
        return plan.longestContext() > 0
                ? "shorten the context to " + plan.longestContext() + " tokens"
                : "a shorter context alone does not help";
    }

    private String specification() {
        DevicePlan device = planning.device();
        Optional<KvSpec> spec = candidates().stream().filter(kv -> planning.fits(choice.withSpec(kv))).findFirst();
        if (spec.isPresent()) {
            return "keep the KV as '" + spec.get() + "'";
        }
        Planning withFile = planning.withDisk();
        return device.disk()
                ? "no other KV format or placement helps"
                : candidates().stream().filter(kv -> kv.placement().movable())
                        .filter(kv -> withFile.fits(choice.withSpec(kv))).findFirst()
                        .map(kv -> "keep the KV as '" + kv + "' with a page file (--kv-file)")
                        .orElse("no other KV format or placement helps");
    }

    /** In the order in which they are tried: pages elsewhere, then 16 bits, then both. */
    private Set<KvSpec> candidates() {
        KvSpec spec = choice.spec();
        KvSpec half = halved(spec);
        Set<KvSpec> candidates = new LinkedHashSet<>(List.of(spec.withPlacement(Placement.TIERS)));
        candidates.add(half);
        candidates.add(half.withPlacement(Placement.TIERS));
        return candidates;
    }

    /** With 16 bits instead of 32; formats below 16 bits do not exist yet. */
    static KvSpec halved(KvSpec spec) {
        return spec.withFormats(halved(spec.keyFormat()), halved(spec.valueFormat()));
    }

    private static KvFormat halved(KvFormat format) {
        return format.equals(KvFormats.F32) ? KvFormats.F16 : format;
    }

    private String budget(Plan plan) {
        Map<Tier, Long> limits = options.deviceOptions().budget().limits(plan.tier());
        List<String> raised = new ArrayList<>();
        List<String> larger = new ArrayList<>();
        for (Tier tier : plan.memory().overflowing(plan.available())) {
            long bytes = plan.memory().bytes(tier);
            long step = bytes < MUCH ? FINE : COARSE;
            long needed = Math.ceilDiv(bytes, step) * step;
            if (limits.containsKey(tier)) {
                raised.add(name(tier, plan.tier()) + "=" + Bytes.exact(needed));
            } else {
                larger.add(Bytes.format(needed) + " of " + tier.name().toLowerCase(Locale.ROOT) + " memory");
            }
        }
        return Stream.of(
                raised.isEmpty() ? "" : "raise the budget to " + String.join(",", raised),
                larger.isEmpty() ? "" : "use a device with " + String.join(" and ", larger) + " free")
                .filter(text -> !text.isEmpty()).collect(Collectors.joining(", and "));
    }

    private static String name(Tier tier, Tier own) {
        return tier == own ? "device" : tier.name().toLowerCase(Locale.ROOT);
    }
}
