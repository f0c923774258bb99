/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.pinyon.Completion;
import io.pinyon.KvUsage;
import io.pinyon.Model;
import io.pinyon.Session;
import io.pinyon.Usage;
import io.pinyon.memory.Bytes;
import io.pinyon.memory.MemorySnapshot;
import io.pinyon.memory.Tier;

/** Facts that several commands print, for people and as JSON. */
final class Reports {
    private Reports() {}

    /** For example {@code peak KV 6.0 MiB (device 2.0 MiB, host 4.0 MiB), 50 % of 12.0 MiB at 16 bits}. */
    static String kv(KvUsage kv) {
        String peak = "peak KV " + Bytes.format(kv.peakBytes()) + tiers(kv);
        return kv.fullBytes() <= 0
                ? peak
                : String.format(Locale.ROOT, "%s, %.0f %% of %s at 16 bits", peak,
                        100.0 * kv.peakBytes() / kv.fullBytes(), Bytes.format(kv.fullBytes()));
    }

    /** Where keys and values lay, if that was in several places. */
    private static String tiers(KvUsage kv) {
        return kv.peakByTier().size() < 2
                ? ""
                : byTier(kv.peakByTier()).entrySet().stream()
                        .map(tier -> tier.getKey() + " " + Bytes.format(tier.getValue()))
                        .collect(Collectors.joining(", ", " (", ")"));
    }

    /** Where a model runs and why, for example {@code cpu (asked for cpu)}. */
    static String device(Model model) {
        return model.device().id() + " (" + model.deviceReason() + ")";
    }

    /** For example {@code prompt 12 tokens, 340.1 t/s; generated 128 tokens, 60.2 t/s}. */
    static String usage(Usage usage) {
        return String.format(Locale.ROOT, "prompt %,d tokens, %.1f t/s; generated %,d tokens, %.1f t/s",
                usage.promptTokens(), usage.promptTokensPerSecond(), usage.completionTokens(),
                usage.tokensPerSecond());
    }

    /** For example {@code 1.27 s}. */
    static String seconds(Duration time) {
        return String.format(Locale.ROOT, "%.2f s", seconds(time.toNanos()));
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    /** What was asked of which model, and what came out. */
    static Map<String, Object> completion(Model model, Session session, Completion completion) {
        var json = new LinkedHashMap<String, Object>();
        json.put("model", model.info().name());
        device(json, model);
        json.put("text", completion.text());
        json.put("tokens", completion.tokens());
        json.put("finish_reason", completion.finishReason().name().toLowerCase(Locale.ROOT));
        json.put("usage", json(completion.usage()));
        json.put("kv", json(session.kv()));
        json.put("memory", json(model.memory()));
        return json;
    }

    /** On what a model runs, and why on that. */
    static void device(Map<String, Object> json, Model model) {
        json.put("device", model.device().id());
        json.put("device_reason", model.deviceReason());
    }

    /** Token counts, seconds and rates. */
    static Map<String, Object> json(Usage usage) {
        var json = new LinkedHashMap<String, Object>();
        json.put("prompt_tokens", usage.promptTokens());
        json.put("completion_tokens", usage.completionTokens());
        json.put("prefill_seconds", seconds(usage.prefill().toNanos()));
        json.put("decode_seconds", seconds(usage.decode().toNanos()));
        json.put("prompt_tokens_per_second", usage.promptTokensPerSecond());
        json.put("tokens_per_second", usage.tokensPerSecond());
        return json;
    }

    /** Specification and bytes. */
    static Map<String, Object> json(KvUsage kv) {
        var json = new LinkedHashMap<String, Object>();
        json.put("spec", kv.spec());
        json.put("bytes", kv.bytes());
        json.put("peak_bytes", kv.peakBytes());
        json.put("full_16bit_bytes", kv.fullBytes());
        json.put("bytes_by_tier", byTier(kv.bytesByTier()));
        json.put("peak_bytes_by_tier", byTier(kv.peakByTier()));
        return json;
    }

    /** Bytes by tier and purpose. */
    static Map<String, Object> json(MemorySnapshot memory) {
        var items = memory.items().stream().map(item -> {
            var json = new LinkedHashMap<String, Object>();
            json.put("tier", item.tier().name().toLowerCase(Locale.ROOT));
            json.put("purpose", item.purpose().name().toLowerCase(Locale.ROOT));
            json.put("bytes", item.bytes());
            json.put("peak_bytes", item.peakBytes());
            return json;
        }).toList();
        return Map.of("items", items, "peak_bytes_by_tier", peaks(memory));
    }

    /** The most bytes that each tier held. */
    static Map<String, Long> peaks(MemorySnapshot memory) {
        return byTier(memory.peakByTier());
    }

    private static Map<String, Long> byTier(Map<Tier, Long> bytes) {
        var named = new LinkedHashMap<String, Long>();
        bytes.entrySet().stream().sorted(Map.Entry.comparingByKey())
                .forEach(entry -> named.put(entry.getKey().name().toLowerCase(Locale.ROOT), entry.getValue()));
        return named;
    }
}
