/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

import io.pinyon.Planning.Choice;
import io.pinyon.device.KvPlaces;
import io.pinyon.device.Workload;
import io.pinyon.kv.KvSpec;
import io.pinyon.kv.place.Limit;
import io.pinyon.kv.place.Placement;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Tier;

/** Shrinks what may be shrunk, each only as far as needed, until a model and its sessions fit. */
final class Fitting {
    private static final String AUTO = "auto";
    private static final int LEAST_CHUNK = 64;
    private static final int LEAST_CONTEXT = 256;
    private static final int CONTEXT_STEP = 64;

    private final Planning planning;
    private final ModelOptions options;
    private final SessionOptions session;
    private final Choice asked;

    private Fitting(Planning planning, ModelOptions options, SessionOptions session, KvSpec spec) {
        this.planning = planning;
        this.options = options;
        this.session = session;
        this.asked = Choice.of(options, spec, session);
    }

    /** See {@link Pinyon#fit}. */
    static Fit fit(Path path, ModelOptions options, SessionOptions session, int sessions) {
        boolean auto = session.kv().strip().toLowerCase(Locale.ROOT).equals(AUTO);
        KvSpec spec = auto ? KvSpec.full() : KvSpec.parse(session.kv());
        var fitting = new Fitting(Planning.of(path, options, sessions), options,
                auto ? session.withKv(spec.toString()) : session, spec);
        return fitting.fit();
    }

    private Fit fit() {
        Plan plan = planning.plan(asked);
        if (plan.fits()) {
            return new Fit(options, session, plan, List.of());
        }
        Choice chosen = limited(relaxed(shrunk(plan)));
        Plan last = planning.plan(chosen);
        last.requireFit();
        return new Fit(options.withPrefillChunk(chosen.chunk()),
                session.withKv(chosen.spec().equals(asked.spec()) ? session.kv() : chosen.spec().toString())
                        .withContextLength(chosen.tokens().orElse(0)),
                last, changes(chosen));
    }

    /** Gives up one thing after another until it fits. */
    private Choice shrunk(Plan plan) {
        Choice choice = asked;
        for (Choice next : steps()) {
            choice = next;
            if (planning.fits(choice)) {
                return choice;
            }
        }
        int longest = planning.longest(choice) / CONTEXT_STEP * CONTEXT_STEP;
        if (longest < LEAST_CONTEXT) {
            plan.requireFit();
        }
        return choice.withTokens(longest);
    }

    /** All but the context, with more and more given up. */
    private List<Choice> steps() {
        List<Choice> steps = new ArrayList<>();
        Choice choice = asked;
        while (choice.chunk() > LEAST_CHUNK) {
            choice = choice.withChunk(Math.max(LEAST_CHUNK, choice.chunk() / 2));
            steps.add(choice);
        }
        choice = choice.withSpec(Remedies.halved(choice.spec()));
        steps.add(choice);
        if (planning.device().hasFarTiers() && !choice.spec().placement().movable()) {
            steps.add(choice.withSpec(choice.spec().withPlacement(Placement.TIERS)));
        }
        return steps;
    }

    /** Takes the chunk back as far as the later steps have made room: with small ones, far pages are read more often. */
    private Choice relaxed(Choice shrunk) {
        Choice choice = shrunk;
        while (choice.chunk() < asked.chunk()) {
            Choice larger = choice.withChunk(Math.min(asked.chunk(), 2 * choice.chunk()));
            if (!planning.fits(larger)) {
                break;
            }
            choice = larger;
        }
        return choice;
    }

    /**
     * Writes down how much of a moving cache may lie where, so that pages leave room for what devices allocate later. What
     * was asked for with limits keeps them.
     */
    private Choice limited(Choice choice) {
        if (!choice.spec().placement().equals(Placement.TIERS)) {
            return choice;
        }
        Workload work = planning.workload(choice);
        KvPlaces places = work.places();
        if (places.far() == 0) {
            return choice;
        }
        Limit own = new Limit.Bytes(places.own() * work.pageBytes());
        boolean hostIsLimited = places.disk() > 0 || planning.device().tier() == Tier.HOST;
        Limit host = hostIsLimited ? new Limit.Bytes(places.host() * work.pageBytes()) : Limit.NONE;
        return choice.withSpec(choice.spec().withPlacement(new Placement(true, own, host)));
    }

    /** What one change after the other brings, from what was asked for to what was chosen. */
    private List<Fit.Change> changes(Choice chosen) {
        List<Fit.Change> changes = new ArrayList<>();
        Choice choice = asked;
        if (chosen.chunk() != asked.chunk()) {
            Choice next = choice.withChunk(chosen.chunk());
            changes.add(new Fit.Change("prefill chunk", String.valueOf(asked.chunk()),
                    String.valueOf(chosen.chunk()), saves(choice, next)));
            choice = next;
        }
        KvSpec formats = asked.spec().withFormats(chosen.spec().keyFormat(), chosen.spec().valueFormat());
        if (!formats.equals(asked.spec())) {
            Choice next = choice.withSpec(formats);
            changes.add(new Fit.Change("KV format", asked.spec().toString(), formats.toString(), saves(choice, next)));
            choice = next;
        }
        if (!chosen.spec().equals(formats)) {
            choice = choice.withSpec(chosen.spec());
            changes.add(new Fit.Change("KV", formats.toString(), chosen.spec().toString(), moved(choice)));
        }
        if (!chosen.tokens().equals(asked.tokens())) {
            changes.add(new Fit.Change("context", tokens(asked), tokens(chosen), saves(choice, chosen)));
        }
        return changes;
    }

    private String tokens(Choice choice) {
        OptionalInt tokens = choice.tokens();
        return String.valueOf(tokens.isPresent() ? tokens.getAsInt() : planning.workload(choice).tokens());
    }

    /** Bytes of the device's own tier, or of all tiers if pages go elsewhere. */
    private String saves(Choice before, Choice after) {
        long own = own(before) - own(after);
        return "saves " + Bytes.format(own > 0 ? own : all(before) - all(after));
    }

    private long own(Choice choice) {
        return planning.device().memory(planning.workload(choice)).bytes(planning.device().tier());
    }

    private long all(Choice choice) {
        return planning.device().memory(planning.workload(choice)).items().stream().mapToLong(item -> item.bytes())
                .sum();
    }

    private String moved(Choice choice) {
        Workload work = planning.workload(choice);
        List<String> parts = new ArrayList<>();
        if (work.places().host() > 0) {
            parts.add(Bytes.format(work.places().host() * work.pageBytes() * work.sessions()) + " to host memory");
        }
        if (work.places().disk() > 0) {
            parts.add(Bytes.format(work.places().disk() * work.pageBytes() * work.sessions()) + " to disk");
        }
        return String.join(", ", parts);
    }
}
