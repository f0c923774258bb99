/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.Map;
import java.util.Optional;

import io.pinyon.Completion;
import io.pinyon.Fit;
import io.pinyon.GenerateOptions;
import io.pinyon.Model;
import io.pinyon.Session;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Continues a prompt. */
@Command(description = "Generate text after a prompt.", footerHeading = "%n",
        footer = "--save writes what the session holds after the answer, prompt and generated tokens with their keys and "
                + "values, to a file. --load continues from such a file without computing it again: the prompt follows "
                + "what was said there.")
final class RunCommand implements Subcommand {
    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private KvArguments kv = new KvArguments();

    @Mixin
    private FitArguments fit = new FitArguments();

    @Mixin
    private SamplingArguments sampling = new SamplingArguments();

    @Mixin
    private SnapshotArguments snapshots = new SnapshotArguments();

    @ArgGroup(multiplicity = "1")
    private Prompt prompt = new Prompt();

    /** Where the prompt comes from. */
    private static final class Prompt {
        @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "The prompt.")
        private @Nullable String text;

        @Option(names = {"-f",
                "--file"}, paramLabel = "FILE", description = "A file that holds the prompt, - for standard input.")
        private @Nullable String file;

        String read(Console console) {
            return text != null ? text : InputFiles.text(String.valueOf(file), console);
        }
    }

    @Override
    public void run(Console console) {
        GenerateOptions options = sampling.options();
        snapshots.check();
        String text = prompt.read(console);
        Optional<Fit> fitted = fit.fit(console, model, kv, 1);
        try (Model loaded = model.load(console, fitted.map(Fit::model).orElseGet(model::options));
                Session session = snapshots.open(loaded, fitted.map(Fit::session).orElseGet(kv::options))) {
            if (common.json()) {
                Map<String, Object> json = Reports.completion(loaded, session, session.generate(text, options));
                snapshots.saveIfAsked(session, "");
                snapshots.report(json);
                fitted.ifPresent(found -> json.put("fit", FitArguments.json(found)));
                console.json(json);
            } else {
                Completion completion = session.generate(text, options, console::text);
                console.text("\n");
                snapshots.saveIfAsked(session, "");
                console.note(Reports.usage(completion.usage()) + "; " + Reports.kv(session.kv()) + "; on "
                        + Reports.device(loaded));
                snapshots.note(console);
            }
        }
    }
}
