/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.pinyon.format.FiniteCheck;
import io.pinyon.format.TensorData;
import io.pinyon.format.TensorSource;

/** Rotary embedding in GGUF metadata, with the divisors that files keep as tensors. */
final class GgufRope {
    static final String DIVISORS = "rope_freqs.weight";
    static final String SHORT_DIVISORS = "rope_factors_short.weight";
    static final String LONG_DIVISORS = "rope_factors_long.weight";

    private final GgufKeys keys;
    private final TensorSource source;
    private final int headDim;
    private final int context;

    GgufRope(GgufKeys keys, TensorSource source, int headDim, int context) {
        this.keys = keys;
        this.source = source;
        this.headDim = headDim;
        this.context = context;
    }

    /** Of layers that see everything. */
    RopeParameters full() {
        RopeParameters plain = plain(keys.real("rope.freq_base").orElse(10000f));
        return new RopeParameters(plain.base(), plain.dim(), scaling(plain.dim()));
    }

    /** Of layers with a window, if it is their own. */
    Optional<RopeParameters> sliding() {
        return keys.real("rope.freq_base_swa").map(this::plain);
    }

    private RopeParameters plain(double base) {
        int dim = keys.integer("rope.dimension_count").orElse(headDim);
        return Plausible.require(new RopeParameters(base, dim, new RopeScaling.None()), headDim);
    }

    private RopeScaling scaling(int dim) {
        Optional<List<Double>> longDivisors = divisors(LONG_DIVISORS, dim);
        Optional<List<Double>> shortDivisors = divisors(SHORT_DIVISORS, dim);
        if (longDivisors.isPresent() && shortDivisors.isPresent()) {
            return longRope(shortDivisors.get(), longDivisors.get());
        }
        Optional<List<Double>> divisors = divisors(DIVISORS, dim);
        String type = keys.string("rope.scaling.type").orElse(keys.has("rope.scale_linear") ? "linear" : "none");
        if (divisors.isPresent()) {
            Features.refuseIf(!type.equals("none"), "the rope type \"" + type + "\" together with " + DIVISORS);
            return new RopeScaling.Divisors(divisors.get());
        }
        return switch (type) {
            case "none" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(factor());
            case "yarn" -> yarn();
            case "longrope" -> throw Features.implausible("the rope type is longrope without " + SHORT_DIVISORS
                    + " and " + LONG_DIVISORS, "one with these tensors");
            default -> throw Features.refuse("the rope type \"" + type + "\"");
        };
    }

    private RopeScaling longRope(List<Double> shortDivisors, List<Double> longDivisors) {
        int trained = trainedContext();
        double magnitude = keys.real("rope.scaling.attn_factor").map(Float::doubleValue)
                .orElseGet(() -> RopeScaling.LongRope.magnitude((double) context / trained, trained));
        return new RopeScaling.LongRope(shortDivisors, longDivisors, trained,
                Plausible.positive("rope.scaling.attn_factor", magnitude));
    }

    private RopeScaling yarn() {
        Features.refuseIf(keys.real("rope.scaling.yarn_log_multiplier").orElse(0f) != 0,
                keys.key("rope.scaling.yarn_log_multiplier"));
        // A negative value leaves the choice to the reader.
        float mix = keys.real("rope.scaling.yarn_ext_factor").orElse(1f);
        Features.refuseIf(mix >= 0 && mix != 1, keys.key("rope.scaling.yarn_ext_factor") + " " + mix);
        double factor = factor();
        double extra = keys.real("rope.scaling.attn_factor").orElse(1f)
                * keys.real("rope.scaling.yarn_attn_factor").orElse(1f);
        return new Yarn(factor, trainedContext(),
                Plausible.positive("rope.scaling.attn_factor", extra * Yarn.magnitude(factor, 1)),
                Plausible.positive("yarn_beta_fast",
                        keys.real("rope.scaling.yarn_beta_fast").orElse((float) Yarn.BETA_FAST)),
                Plausible.positive("yarn_beta_slow",
                        keys.real("rope.scaling.yarn_beta_slow").orElse((float) Yarn.BETA_SLOW)),
                true);
    }

    private double factor() {
        return Plausible.positive("the rope factor", keys.real("rope.scaling.factor")
                .or(() -> keys.real("rope.scale_linear"))
                .orElseThrow(() -> Features.implausible("there is no " + keys.key("rope.scaling.factor"), "a number")));
    }

    private int trainedContext() {
        String key = "rope.scaling.original_context_length";
        return (int) Plausible.within(keys.key(key), keys.integer(key).orElse(context), Integer.MAX_VALUE);
    }

    private Optional<List<Double>> divisors(String name, int dim) {
        Optional<TensorData> data = source.find(name);
        if (data.isPresent() && data.get().elements() != dim / 2) {
            throw Features.implausible(name + " has shape " + data.get().shape(), "[" + dim / 2 + "]");
        }
        return data.map(tensor -> {
            List<Double> divisors = new ArrayList<>();
            for (float divisor : FiniteCheck.require(tensor).toFloats()) {
                divisors.add(Plausible.positive(name, divisor));
            }
            return divisors;
        });
    }
}
