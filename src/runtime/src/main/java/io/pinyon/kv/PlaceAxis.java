/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

import io.pinyon.kv.place.Limit;
import io.pinyon.kv.place.Placement;

/** The axis {@code place} of a KV specification: {@code device}, or {@code tiers:device=LIMIT,host=LIMIT}. */
final class PlaceAxis {
    private static final Set<String> TIERS = Set.of("device", "host");
    // three decimals, so that Double.toString writes what is read here
    private static final Pattern PERCENT = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3})?\\s*%");

    private PlaceAxis() {}

    /**
     * Reads a method.
     *
     * @param text the whole specification, to be quoted
     * @param method what stands behind {@code place=}
     */
    static Placement parse(String text, String method) {
        String[] halves = method.split(":", -1);
        if (halves.length > 2) {
            throw KvSpec.syntax(text, "has more than one ':' after an axis");
        }
        return switch (halves[0].strip()) {
            case "device" -> {
                if (halves.length > 1) {
                    throw KvSpec.syntax(text, "gives parameters to place=device, which takes none");
                }
                yield Placement.DEVICE;
            }
            case "tiers" -> halves.length == 1 ? Placement.TIERS : limits(text, halves[1]);
            default -> throw KvSpec.unsupported("the KV method place=" + method);
        };
    }

    private static Placement limits(String text, String parameters) {
        Map<String, Limit> limits = new HashMap<>();
        for (String parameter : parameters.split(",", -1)) {
            String[] pair = parameter.split("=", -1);
            String tier = pair[0].strip();
            if (pair.length != 2 || !TIERS.contains(tier)) {
                throw KvSpec.syntax(text, "has the parameter '" + parameter.strip()
                        + "', but place=tiers takes device=LIMIT and host=LIMIT");
            }
            Limit limit = limit(pair[1].strip()).orElseThrow(() -> KvSpec.syntax(text,
                    "has the limit '" + pair[1].strip() + "', which is none of 10%, 512MiB and all"));
            if (limits.put(tier, limit) != null) {
                throw KvSpec.syntax(text, "gives the limit of " + tier + " more than once");
            }
        }
        return new Placement(true, limits.getOrDefault("device", Limit.NONE), limits.getOrDefault("host", Limit.NONE));
    }

    private static Optional<Limit> limit(String text) {
        if (text.equals("all")) {
            return Optional.of(Limit.NONE);
        }
        if (PERCENT.matcher(text).matches()) {
            double percent = Double.parseDouble(text.substring(0, text.length() - 1).strip());
            return percent <= 100 ? Optional.of(new Limit.Percent(percent)) : Optional.empty();
        }
        OptionalLong bytes = io.pinyon.memory.Bytes.parse(text);
        return bytes.isPresent() ? Optional.of(new Limit.Bytes(bytes.getAsLong())) : Optional.empty();
    }

    /** What {@link #parse} reads, without {@code place=}. */
    static String write(Placement placement) {
        if (!placement.movable()) {
            return "device";
        }
        List<String> limits = new ArrayList<>();
        if (!placement.device().equals(Limit.NONE)) {
            limits.add("device=" + write(placement.device()));
        }
        if (!placement.host().equals(Limit.NONE)) {
            limits.add("host=" + write(placement.host()));
        }
        return limits.isEmpty() ? "tiers" : "tiers:" + String.join(",", limits);
    }

    private static String write(Limit limit) {
        return limit instanceof Limit.Bytes size ? io.pinyon.memory.Bytes.exact(size.bytes()) : limit.toString();
    }
}
