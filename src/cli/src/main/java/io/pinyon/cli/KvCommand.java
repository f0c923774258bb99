/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pinyon.kv.KvSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** How a KV specification is written, and which methods there are. */
@Command(description = "List the axes, presets and methods of --kv.")
final class KvCommand implements Subcommand {
    private static final Map<String, String> AXES = Map.of(
            "codec", "how entries are encoded",
            "retain", "which entries are kept",
            "place", "where entries lie",
            "select", "which entries a step reads");

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Override
    public void run(Console console) {
        List<KvMethods.Method> methods = KvMethods.all();
        if (common.json()) {
            console.json(json(methods));
        } else {
            console.text(text(methods));
        }
    }

    private static String text(List<KvMethods.Method> methods) {
        var axes = new TextTable("axis", "says", "works", "planned");
        for (String axis : KvMethods.AXES) {
            List<KvMethods.Method> there = methods.stream().filter(method -> method.axes().contains(axis)).toList();
            long works = there.stream().filter(KvMethods.Method::works).count();
            axes.row(axis, String.valueOf(AXES.get(axis)), works, there.size() - works);
        }
        var presets = new TextTable("preset", "stands for", "");
        presets.row("full", KvSpec.full(), "the default: every entry, 16 bits");
        var working = new TextTable("works", "method");
        var planned = new TextTable("planned", "method", "paper");
        for (KvMethods.Method method : methods) {
            if (method.works()) {
                working.row(method.written(), method.name());
            } else {
                planned.row(method.written(), method.name(), method.paper());
            }
        }
        return "A KV specification is a preset, or methods on axes: axis=method:parameter=value,...; axis=...\n\n"
                + String.join("\n", axes.toString(), presets.toString(), working.toString(), planned.toString());
    }

    private static Map<String, Object> json(List<KvMethods.Method> methods) {
        var json = new LinkedHashMap<String, Object>();
        json.put("axes", KvMethods.AXES);
        json.put("presets", Map.of("full", KvSpec.full().toString()));
        json.put("methods", methods.stream().map(method -> {
            var row = new LinkedHashMap<String, Object>();
            row.put("number", method.number());
            row.put("name", method.name());
            row.put("axes", method.axes());
            row.put("written", method.written());
            row.put("paper", method.paper());
            row.put("state", method.state());
            return row;
        }).toList());
        return json;
    }
}
