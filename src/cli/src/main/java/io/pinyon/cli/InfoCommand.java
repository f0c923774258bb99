/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.pinyon.ModelInfo;
import io.pinyon.Pinyon;
import io.pinyon.memory.Bytes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a model file holds. */
@Command(description = "Describe a model file.")
final class InfoCommand implements Subcommand {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = {"-m",
            "--model"}, paramLabel = "MODEL", defaultValue = BundledModels.DEFAULT,
            description = "GGUF file, Hugging Face directory or bundled model (${DEFAULT-VALUE}).")
    private String model = BundledModels.DEFAULT;

    @Override
    public void run(Console console) {
        ModelInfo info = Pinyon.describe(BundledModels.resolve(model));
        if (common.json()) {
            console.json(json(info));
            return;
        }
        var table = new TextTable("", "");
        table.row("name", info.name());
        table.row("architecture", info.architecture());
        table.row("file", info.fileFormat() + ", " + Bytes.format(info.fileBytes()));
        table.row("parameters", String.format(Locale.ROOT, "%,d", info.parameters()));
        table.row("layers", info.layers());
        table.row("hidden size", info.hiddenSize());
        table.row("feed-forward", info.feedForwardSize());
        table.row("heads", info.heads() + ", " + info.kvHeads() + " for keys and values, size " + info.headDim());
        table.row("vocabulary", info.vocabularySize());
        table.row("context", info.contextLength());
        table.row("weights", new TreeMap<>(info.weightFormats()).entrySet().stream()
                .map(entry -> entry.getValue() + " x " + entry.getKey()).collect(Collectors.joining(", ")));
        new TreeMap<>(info.details()).forEach(table::row);
        console.text(table.toString().stripLeading());
    }

    private static Map<String, Object> json(ModelInfo info) {
        var json = new LinkedHashMap<String, Object>();
        json.put("name", info.name());
        json.put("architecture", info.architecture());
        json.put("file_format", info.fileFormat());
        json.put("file_bytes", info.fileBytes());
        json.put("parameters", info.parameters());
        json.put("layers", info.layers());
        json.put("hidden_size", info.hiddenSize());
        json.put("feed_forward_size", info.feedForwardSize());
        json.put("heads", info.heads());
        json.put("kv_heads", info.kvHeads());
        json.put("head_dim", info.headDim());
        json.put("vocabulary_size", info.vocabularySize());
        json.put("context_length", info.contextLength());
        json.put("weight_formats", new TreeMap<>(info.weightFormats()));
        json.put("details", new TreeMap<>(info.details()));
        return json;
    }
}
