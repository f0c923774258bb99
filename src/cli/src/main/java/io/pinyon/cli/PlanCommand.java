/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import io.pinyon.Fit;
import io.pinyon.Pinyon;
import io.pinyon.Plan;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.Tier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a model and its sessions would need, before anything is loaded. */
@Command(description = "Plan the memory of a model and its sessions, without loading anything.")
final class PlanCommand implements Subcommand {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private KvArguments kv = new KvArguments();

    @Mixin
    private FitArguments fit = new FitArguments();

    @Option(names = "--sessions", paramLabel = "B", defaultValue = "1",
            description = "Sessions that are filled at once (${DEFAULT-VALUE}).")
    private int sessions;

    @Override
    public void run(Console console) {
        Numbers.between("--sessions", sessions, 1, 1 << 20);
        Optional<Fit> fitted = fit.fit(console, model, kv, sessions);
        Plan plan = fitted.map(Fit::plan)
                .orElseGet(() -> Pinyon.plan(model.path(), model.options(), kv.options(), sessions));
        if (common.json()) {
            Map<String, Object> json = json(plan);
            fitted.ifPresent(found -> json.put("fit", FitArguments.json(found)));
            console.json(json);
        } else {
            console.text(text(plan));
        }
        plan.requireFit();
    }

    private String text(Plan plan) {
        var table = new TextTable("tier", "purpose", "what", "bytes");
        plan.memory().items().forEach(item -> table.row(name(item.tier()), name(item.purpose()), item.what(),
                Bytes.format(item.bytes())));
        for (Tier tier : Tier.values()) {
            if (plan.memory().bytes(tier) > 0) {
                table.row(name(tier), "total", "", Bytes.format(plan.memory().bytes(tier)));
            }
        }
        String header = String.format(Locale.ROOT, "%s on %s: %,d %s of %,d tokens, KV %s, chunks of %d%n%n",
                model.name(), plan.device(), sessions, sessions == 1 ? "session" : "sessions", plan.contextLength(),
                plan.kv(), plan.prefillChunk());
        return header + table + "\n" + verdict(plan)
                + plan.unusable().map(reason -> "Planned without the device: " + reason + ".\n").orElse("");
    }

    private static String verdict(Plan plan) {
        if (plan.available().isEmpty()) {
            return "Give --budget to see whether it fits.\n";
        }
        return "%s: %s.%n".formatted(plan.fits() ? "Fits" : "Does not fit", plan.available().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(tier -> "%s of %s on %s".formatted(Bytes.format(plan.memory().bytes(tier.getKey())),
                        Bytes.format(tier.getValue()), name(tier.getKey())))
                .collect(Collectors.joining(", ")));
    }

    private Map<String, Object> json(Plan plan) {
        var json = new LinkedHashMap<String, Object>();
        json.put("model", model.name());
        json.put("device", plan.device());
        plan.unusable().ifPresent(reason -> json.put("device_unusable", reason));
        json.put("context_length", plan.contextLength());
        json.put("sessions", plan.sessions());
        json.put("kv", plan.kv());
        json.put("prefill_chunk", plan.prefillChunk());
        json.put("items", plan.memory().items().stream().map(item -> {
            var row = new LinkedHashMap<String, Object>();
            row.put("tier", name(item.tier()));
            row.put("purpose", name(item.purpose()));
            row.put("what", item.what());
            row.put("bytes", item.bytes());
            return row;
        }).toList());
        var totals = new LinkedHashMap<String, Object>();
        for (Tier tier : Tier.values()) {
            if (plan.memory().bytes(tier) > 0) {
                totals.put(name(tier), plan.memory().bytes(tier));
            }
        }
        json.put("peak_bytes_by_tier", totals);
        json.put("tier", name(plan.tier()));
        if (!plan.available().isEmpty()) {
            var available = new LinkedHashMap<String, Object>();
            plan.available().entrySet().stream().sorted(Map.Entry.comparingByKey())
                    .forEach(tier -> available.put(name(tier.getKey()), tier.getValue()));
            json.put("available_bytes_by_tier", available);
            json.put("fits", plan.fits());
            json.put("longest_context", plan.longestContext());
            json.put("remedies", plan.remedies());
        }
        return json;
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
