/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.kv;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import io.pinyon.device.KvLayout;
import io.pinyon.error.UsageException;
import io.pinyon.format.KvFormat;
import io.pinyon.format.KvFormats;
import io.pinyon.kv.place.Placement;

/**
 * How keys and values are cached, as written after {@code --kv}.
 *
 * <p>A specification gives methods on axes, {@code axis=method:parameter=value,…; axis=…}, or the name of a preset. The
 * axes are {@code codec} (how entries are encoded), {@code retain} (which are kept), {@code place} (where they lie) and
 * {@code select} (which a step reads); methods exist so far on {@code codec} and {@code place}. Axes come in any order, each
 * at most once; upper and lower case are the same.
 *
 * <p>{@code codec} takes a format for both, {@code codec=f16}, or one for keys and one for values,
 * {@code codec=f16/bf16}; its parameter {@code page} is the number of tokens per page. {@code place} is {@code device}, or
 * {@code tiers} with the limits {@code device} and {@code host}, each a share of the full cache, a size or {@code all}:
 * {@code place=tiers:device=10%,host=512MiB}. {@link #toString} writes what {@link #parse} reads.
 *
 * @param keyFormat how keys are encoded
 * @param valueFormat how values are encoded
 * @param pageTokens tokens per page, a power of two from 1 to {@value #MAX_PAGE_TOKENS}
 * @param placement where pages may lie
 */
public record KvSpec(KvFormat keyFormat, KvFormat valueFormat, int pageTokens, Placement placement) {
    /** Tokens per page unless said otherwise. */
    public static final int DEFAULT_PAGE_TOKENS = 64;

    /** Most tokens per page. */
    public static final int MAX_PAGE_TOKENS = 4096;

    private static final String FULL = "full";
    private static final String CODEC = "codec";
    private static final String PLACE = "place";
    private static final List<String> PLANNED_AXES = List.of("retain", "select");

    /** Checks the tokens per page, and that there are limits only where pages may move. */
    public KvSpec {
        if (pageTokens < 1 || pageTokens > MAX_PAGE_TOKENS || Integer.bitCount(pageTokens) != 1) {
            throw new UsageException("PIN-KV-LAYOUT", pageTokens + " tokens per page",
                    "use a power of two from 1 to " + MAX_PAGE_TOKENS);
        }
        if (!placement.movable() && !placement.equals(Placement.DEVICE)) {
            throw new UsageException("PIN-KV-SYNTAX", "limits for pages that stay on the device",
                    "use place=tiers with limits, or place=device without");
        }
    }

    /** Everything on the device. */
    public KvSpec(KvFormat keyFormat, KvFormat valueFormat, int pageTokens) {
        this(keyFormat, valueFormat, pageTokens, Placement.DEVICE);
    }

    /** The preset {@code full}: every entry in 16-bit floating point. */
    public static KvSpec full() {
        return new KvSpec(KvFormats.F16, KvFormats.F16, DEFAULT_PAGE_TOKENS);
    }

    /** The same with other formats. */
    public KvSpec withFormats(KvFormat keys, KvFormat values) {
        return new KvSpec(keys, values, pageTokens, placement);
    }

    /** The same with pages that may lie elsewhere. */
    public KvSpec withPlacement(Placement where) {
        return new KvSpec(keyFormat, valueFormat, pageTokens, where);
    }

    /** Layout of a layer's pages. */
    public KvLayout layout(int kvHeads, int keyDim, int valueDim) {
        return new KvLayout(keyFormat, valueFormat, kvHeads, keyDim, valueDim, pageTokens);
    }

    /**
     * Reads a specification.
     *
     * @throws UsageException {@code PIN-KV-SYNTAX} if it is malformed, {@code PIN-KV-AXIS} for an axis that does not
     *     exist, {@code PIN-KV-UNSUPPORTED} for a method or preset that is not built, {@code PIN-KV-LAYOUT} for
     *     impossible pages
     */
    public static KvSpec parse(String text) {
        String spec = text.strip().toLowerCase(Locale.ROOT);
        if (spec.equals(FULL)) {
            return full();
        }
        if (!spec.isEmpty() && spec.chars().allMatch(Character::isLetterOrDigit)) {
            throw unsupported("the KV preset " + spec);
        }
        Map<String, String> methods = methods(text, spec);
        KvSpec codec = methods.containsKey(CODEC) ? codec(text, methods.get(CODEC)) : full();
        return methods.containsKey(PLACE) ? codec.withPlacement(PlaceAxis.parse(text, methods.get(PLACE))) : codec;
    }

    /** Methods by axis; axes that have none yet are refused. */
    private static Map<String, String> methods(String text, String spec) {
        Map<String, String> methods = new HashMap<>();
        Optional<String> repeated = Optional.empty();
        for (String part : spec.split(";", -1)) {
            int equals = part.indexOf('=');
            String axis = part.substring(0, Math.max(0, equals)).strip();
            String method = part.substring(equals + 1).strip();
            if (axis.isEmpty() || method.isEmpty()) {
                throw syntax(text, "has '" + part.strip() + "', which is no axis=method");
            }
            if (PLANNED_AXES.contains(axis)) {
                throw unsupported("the KV method " + axis + "=" + method);
            }
            if (!axis.equals(CODEC) && !axis.equals(PLACE)) {
                throw new UsageException("PIN-KV-AXIS", "there is no KV axis '" + axis + "'",
                        "axes are codec, retain, place, select");
            }
            if (methods.put(axis, method) != null) {
                repeated = Optional.of(axis);
            }
        }
        repeated.ifPresent(axis -> {
            throw syntax(text, "gives the axis " + axis + " more than once");
        });
        return methods;
    }

    private static KvSpec codec(String text, String method) {
        String[] halves = method.split(":", -1);
        if (halves.length > 2) {
            throw syntax(text, "has more than one ':' after an axis");
        }
        String[] formats = halves[0].split("/", -1);
        if (formats.length > 2) {
            throw syntax(text, "has more than two formats");
        }
        return new KvSpec(format(text, formats[0]), format(text, formats[formats.length - 1]),
                halves.length == 1 ? DEFAULT_PAGE_TOKENS : pageTokens(text, halves[1]));
    }

    private static KvFormat format(String text, String name) {
        if (name.isBlank()) {
            throw syntax(text, "has an empty format");
        }
        return KvFormats.byName(name.strip()).orElseThrow(() -> unsupported("the KV codec " + name.strip()));
    }

    private static int pageTokens(String text, String parameter) {
        String[] pair = parameter.split("=", -1);
        if (pair.length != 2 || !pair[0].strip().equals("page")) {
            throw syntax(text, "has the parameter '" + parameter.strip() + "', but codec takes page=TOKENS only");
        }
        try {
            return Integer.parseInt(pair[1].strip());
        } catch (NumberFormatException e) {
            throw syntax(text, "has the page size '" + pair[1].strip() + "', which is no number");
        }
    }

    static UsageException syntax(String text, String what) {
        return new UsageException("PIN-KV-SYNTAX", "the KV specification '" + text + "' " + what,
                "write it like codec=f16/bf16:page=32 or codec=f16; place=tiers:device=10%,host=512MiB");
    }

    static UsageException unsupported(String what) {
        String formats = KvFormats.all().stream().map(KvFormat::name).collect(Collectors.joining(", "));
        return new UsageException("PIN-KV-UNSUPPORTED", what + " is not built",
                "what works is " + FULL + ", codec= with " + formats + ", and place= with device, tiers");
    }

    @Override
    public String toString() {
        String formats = keyFormat.equals(valueFormat)
                ? keyFormat.name()
                : keyFormat.name() + "/" + valueFormat.name();
        return "codec=" + formats + (pageTokens == DEFAULT_PAGE_TOKENS ? "" : ":page=" + pageTokens)
                + (placement.movable() ? "; place=" + PlaceAxis.write(placement) : "");
    }
}
