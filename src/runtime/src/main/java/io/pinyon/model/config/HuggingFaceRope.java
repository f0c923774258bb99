/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.List;
import java.util.Optional;

/**
 * Rotary embedding in a {@code config.json}: {@code rope_theta} beside {@code rope_scaling}, or both inside
 * {@code rope_parameters}, there possibly per type of layer.
 */
final class HuggingFaceRope {
    private static final String FULL = "full_attention";
    private static final String SLIDING = "sliding_attention";

    private final JsonConfig config;
    private final int headDim;
    private final int context;

    HuggingFaceRope(JsonConfig config, int headDim, int context) {
        this.config = config;
        this.headDim = headDim;
        this.context = context;
    }

    /** Of layers that see everything. */
    RopeParameters full() {
        Optional<JsonConfig> nested = config.object("rope_parameters").flatMap(p -> p.object(FULL));
        JsonConfig settings = nested.or(() -> config.object("rope_parameters"))
                .or(() -> config.object("rope_scaling")).orElse(config);
        return read(settings, base(settings, "rope_theta"), settings != config);
    }

    /** Of layers with a window, if it is their own. */
    Optional<RopeParameters> sliding() {
        Optional<JsonConfig> nested = config.object("rope_parameters").flatMap(p -> p.object(SLIDING));
        if (nested.isPresent()) {
            return nested.map(settings -> read(settings, base(settings, "rope_local_base_freq"), true));
        }
        return config.real("rope_local_base_freq").map(base -> read(config, base, false));
    }

    private double base(JsonConfig settings, String key) {
        return settings.real("rope_theta").or(() -> config.real(key)).or(() -> config.real("rope_theta"))
                .orElse(10000.0);
    }

    private RopeParameters read(JsonConfig settings, double base, boolean scaled) {
        double turning = settings.real("partial_rotary_factor").or(() -> config.real("partial_rotary_factor"))
                .orElse(1.0);
        RopeParameters plain = Plausible.require(
                new RopeParameters(base, (int) (headDim * turning), new RopeScaling.None()), headDim);
        return scaled ? new RopeParameters(base, plain.dim(), scaling(settings, plain.dim())) : plain;
    }

    private RopeScaling scaling(JsonConfig settings, int dim) {
        String type = settings.string("rope_type").or(() -> settings.string("type")).orElse("default");
        Features.refuseIf(settings.has("mrope_section"), "the rope setting mrope_section");
        return switch (type) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(factor(settings));
            case "dynamic" -> new RopeScaling.Dynamic(factor(settings), context);
            case "llama3" -> llama3(settings);
            case "yarn" -> yarn(settings);
            case "longrope", "su" -> longRope(settings, dim);
            default -> throw Features.refuse("the rope type \"" + type + "\"");
        };
    }

    private RopeScaling llama3(JsonConfig settings) {
        double low = Plausible.positive("low_freq_factor", settings.requireReal("low_freq_factor"));
        double high = Plausible.positive("high_freq_factor", settings.requireReal("high_freq_factor"));
        if (high <= low) {
            throw Features.implausible("high_freq_factor is " + high, "greater than low_freq_factor " + low);
        }
        return new RopeScaling.Llama3(factor(settings), low, high, trainedContext(settings));
    }

    private RopeScaling yarn(JsonConfig settings) {
        int trained = trainedContext(settings);
        double factor = settings.has("factor") ? factor(settings) : (double) context / trained;
        double strength = settings.real("mscale").orElse(0.0);
        double strengthAll = settings.real("mscale_all_dim").orElse(0.0);
        double magnitude = settings.real("attention_factor")
                .orElseGet(() -> strength != 0 && strengthAll != 0
                        ? Yarn.magnitude(factor, strength) / Yarn.magnitude(factor, strengthAll)
                        : Yarn.magnitude(factor, 1));
        return new Yarn(factor, trained, Plausible.positive("attention_factor", magnitude),
                Plausible.positive("beta_fast", settings.real("beta_fast").orElse(Yarn.BETA_FAST)),
                Plausible.positive("beta_slow", settings.real("beta_slow").orElse(Yarn.BETA_SLOW)),
                !settings.has("truncate") || settings.flag("truncate"));
    }

    private RopeScaling longRope(JsonConfig settings, int dim) {
        Features.refuseIf(settings.has("short_mscale"), "the rope setting short_mscale");
        int trained = trainedContext(settings);
        double factor = settings.has("factor") ? factor(settings) : (double) context / trained;
        double magnitude = settings.real("attention_factor")
                .orElseGet(() -> RopeScaling.LongRope.magnitude(factor, trained));
        return new RopeScaling.LongRope(divisors(settings, "short_factor", dim), divisors(settings, "long_factor", dim),
                trained, Plausible.positive("attention_factor", magnitude));
    }

    private static List<Double> divisors(JsonConfig settings, String key, int dim) {
        List<Double> divisors = settings.reals(key)
                .orElseThrow(() -> Features.implausible("the rope scaling has no " + key, "an array"));
        if (divisors.size() != dim / 2) {
            throw Features.implausible(key + " has " + divisors.size() + " numbers", "one for each of " + dim / 2
                    + " pairs");
        }
        divisors.forEach(divisor -> Plausible.positive(key, divisor));
        return divisors;
    }

    private static double factor(JsonConfig settings) {
        return Plausible.positive("the rope factor", settings.requireReal("factor"));
    }

    /** The setting beside the rope settings goes first, as in Phi-3's files. */
    private int trainedContext(JsonConfig settings) {
        String key = "original_max_position_embeddings";
        int trained = config.integer(key).orElse(settings.integer(key).orElse(context));
        return (int) Plausible.within(key, trained, Integer.MAX_VALUE);
    }
}
