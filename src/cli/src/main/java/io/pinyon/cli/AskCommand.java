/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.Completion;
import io.pinyon.Fit;
import io.pinyon.Model;
import io.pinyon.Session;
import io.pinyon.Usage;
import io.pinyon.error.UsageException;
import io.pinyon.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers a question from a document, and says what the document's KV cost. */
@Command(description = "Answer a question from a document.", footerHeading = "%n",
        footer = "--save writes what the session holds after the document and before the question to a file. --load takes "
                + "the document, read and computed, from such a file, so that further questions are answered at once.")
final class AskCommand implements Subcommand {
    private static final String NAME = "ask";
    private static final String SAMPLE = "models/sample/logbook.txt";

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private KvArguments kv = new KvArguments();

    @Mixin
    private SnapshotArguments snapshots = new SnapshotArguments();

    @Mixin
    private FitArguments fit = new FitArguments();

    @Option(names = "--context", paramLabel = "FILE",
            description = "The document, - for standard input (the bundled logbook).")
    private @Nullable String context;

    @Option(names = {"-n",
            "--tokens"}, paramLabel = "N", defaultValue = "128",
            description = "Longest answer in tokens (${DEFAULT-VALUE}).")
    private int maxTokens;

    @Parameters(paramLabel = "QUESTION", arity = "1", description = "What to ask.")
    private String question = "";

    @Override
    public void run(Console console) {
        if (question.isBlank()) {
            throw new UsageException("PIN-USAGE", "the question is empty", "see pinyon ask --help");
        }
        if (context != null && snapshots.loads()) {
            throw new UsageException("PIN-USAGE", "--context and --load together",
                    "leave out --context: the document is in the file that is loaded");
        }
        snapshots.check();
        Numbers.between("--tokens", maxTokens, 1, Integer.MAX_VALUE);
        String given = snapshots.loads() ? "" : document(console);
        Optional<Fit> fitted = fit.fit(console, model, kv, 1);
        try (Model loaded = model.load(console, fitted.map(Fit::model).orElseGet(model::options));
                Session session = snapshots.open(loaded, fitted.map(Fit::session).orElseGet(kv::options))) {
            String document = snapshots.loads() ? String.join("", snapshots.texts(NAME, session)) : given;
            Completion completion = answer(loaded.tokenizer(), session, document);
            if (common.json()) {
                Map<String, Object> json = Reports.completion(loaded, session, completion);
                json.put("question", question);
                json.put("answer", completion.text().strip());
                snapshots.report(json);
                fitted.ifPresent(found -> json.put("fit", FitArguments.json(found)));
                console.json(json);
            } else {
                console.line(completion.text().strip());
                Duration time = completion.usage().prefill().plus(completion.usage().decode());
                console.note(Reports.seconds(time) + ": " + Reports.usage(completion.usage()) + "; "
                        + Reports.kv(session.kv()) + "; on " + Reports.device(loaded));
                snapshots.note(console);
            }
        }
    }

    private String document(Console console) {
        return InputFiles.text(context == null ? Home.file(SAMPLE).toString() : context, console);
    }

    /** What the session has of the prompt already is not computed again. */
    private Completion answer(Tokenizer tokenizer, Session session, String document) {
        Question asked = Question.of(tokenizer, document, question, maxTokens);
        int[] tokens = asked.tokens(tokenizer);
        int kept = TokenIds.shared(tokens, session.tokens());
        session.truncate(kept);
        if (!snapshots.saves()) {
            return session.generate(Arrays.copyOfRange(tokens, kept, tokens.length), asked.options(), _ -> {});
        }
        int end = Math.max(kept, asked.documentTokens(tokenizer, tokens));
        long start = System.nanoTime();
        if (end > kept) {
            session.append(Arrays.copyOfRange(tokens, kept, end));
        }
        Duration read = Duration.ofNanos(System.nanoTime() - start);
        snapshots.saveIfAsked(session, SnapshotNote.write(NAME, List.of(document)));
        Completion completion = session.generate(Arrays.copyOfRange(tokens, end, tokens.length), asked.options(),
                _ -> {});
        Usage usage = completion.usage();
        return new Completion(completion.text(), completion.tokens(), completion.finishReason(),
                new Usage(tokens.length - kept, usage.completionTokens(), usage.prefill().plus(read), usage.decode()));
    }
}
