/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pinyon.Model;
import io.pinyon.ModelOptions;
import io.pinyon.Pinyon;
import io.pinyon.error.UsageException;
import io.pinyon.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Text to token ids and back. */
@Command(description = "Show the tokens of a text, or the text of tokens.")
final class TokenizeCommand implements Subcommand {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = {"-m",
            "--model"}, paramLabel = "MODEL", defaultValue = BundledModels.DEFAULT,
            description = "GGUF file, Hugging Face directory or bundled model (${DEFAULT-VALUE}).")
    private String model = BundledModels.DEFAULT;

    @Option(names = {"-f",
            "--file"}, paramLabel = "FILE", description = "A file that holds the text, - for standard input.")
    private @Nullable String file;

    @Option(names = "--decode", paramLabel = "IDS", description = "Token ids as 1,2,3, or @FILE with a JSON array.")
    private @Nullable String ids;

    @Option(names = "--raw", description = "Leave out the tokens that begin and end a text.")
    private boolean raw;

    @Option(names = "--parse-special", description = "Turn the text of control tokens into those tokens.")
    private boolean parseSpecial;

    @Parameters(paramLabel = "TEXT", arity = "0..1", description = "The text.")
    private @Nullable String text;

    @Override
    public void run(Console console) {
        List<@Nullable String> sources = Arrays.asList(text, file, ids);
        if (sources.stream().filter(source -> source != null).count() != 1) {
            throw new UsageException("PIN-USAGE", "tokenize needs one of TEXT, --file and --decode",
                    "see pinyon tokenize --help");
        }
        // The scalar device takes weights as they lie in the file, so that none is read.
        try (Model loaded = Pinyon.load(BundledModels.resolve(model), ModelOptions.defaults().withDevice("scalar"))) {
            Tokenizer tokenizer = loaded.tokenizer();
            if (ids != null) {
                decode(console, tokenizer, TokenIds.read("--decode", ids, tokenizer.vocabularySize(), console));
            } else {
                String source = text != null ? text : InputFiles.text(String.valueOf(file), console);
                encode(console, tokenizer, tokenizer.encode(source, !raw, parseSpecial));
            }
        }
    }

    private void decode(Console console, Tokenizer tokenizer, int[] tokens) {
        String decoded = tokenizer.decode(tokens, raw);
        if (common.json()) {
            console.json(Map.of("text", decoded));
        } else {
            console.line(decoded);
        }
    }

    private void encode(Console console, Tokenizer tokenizer, int[] tokens) {
        if (common.json()) {
            var json = new LinkedHashMap<String, Object>();
            json.put("count", tokens.length);
            json.put("ids", tokens);
            json.put("tokens", Arrays.stream(tokens).mapToObj(tokenizer::token).toList());
            console.json(json);
            return;
        }
        var lines = new StringBuilder();
        for (int token : tokens) {
            lines.append(String.format("%7d  %s%n", token, tokenizer.token(token)));
        }
        console.text(lines.toString());
        console.note(tokens.length + " tokens");
    }
}
