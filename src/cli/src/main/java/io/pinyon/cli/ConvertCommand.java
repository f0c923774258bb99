/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.stream.Collectors;

import io.pinyon.error.UsageException;
import io.pinyon.format.WeightFormat;
import io.pinyon.format.WeightFormats;
import io.pinyon.memory.Bytes;
import io.pinyon.model.convert.Conversion;
import io.pinyon.model.convert.Converter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A Hugging Face directory as one GGUF file. */
@Command(description = "Write a Hugging Face directory as a GGUF file.")
final class ConvertCommand implements Subcommand {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "DIR", description = "Hugging Face directory.")
    private Path source = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "The GGUF file to write.")
    private Path out = Path.of("");

    @Option(names = "--type", paramLabel = "TYPE", defaultValue = "q8_0",
            description = "Format of the matrices: q8_0, q4_0, f16, bf16, f32 and more (${DEFAULT-VALUE}).")
    private String type = "q8_0";

    @Override
    public void run(Console console) {
        WeightFormat format = WeightFormats.byName(type.toUpperCase(Locale.ROOT))
                .orElseThrow(() -> new UsageException("PIN-USAGE", "there is no weight format " + type,
                        "use one of " + WeightFormats.encodable()));
        print(console, convert(console, format));
    }

    private Conversion convert(Console console, WeightFormat format) {
        try (Progress progress = console.progress("convert")) {
            return Converter.convert(source, out, format, (name, done, total) -> progress.update(done, total, name));
        }
    }

    private void print(Console console, Conversion conversion) {
        conversion.notices().forEach(console::note);
        if (common.json()) {
            var json = new LinkedHashMap<String, Object>();
            json.put("file", conversion.file().toString());
            json.put("bytes", conversion.bytes());
            json.put("tensors_by_format", conversion.tensorsByFormat());
            json.put("notices", conversion.notices());
            console.json(json);
        } else {
            console.note("wrote " + conversion.file() + ", " + Bytes.format(conversion.bytes()) + ": "
                    + conversion.tensorsByFormat().entrySet().stream()
                            .map(entry -> entry.getValue() + " x " + entry.getKey()).collect(Collectors.joining(", ")));
        }
    }
}
