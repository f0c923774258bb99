/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.pinyon.Completion;
import io.pinyon.Fit;
import io.pinyon.GenerateOptions;
import io.pinyon.Model;
import io.pinyon.Session;
import io.pinyon.error.UsageException;
import io.pinyon.tokenizer.ChatMessage;
import io.pinyon.tokenizer.ChatPrompt;
import io.pinyon.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Answers a question from a document, and says what the document's KV cost. */
@Command(description = "Answer a question from a document.")
final class AskCommand implements Subcommand {
    private static final String SAMPLE = "models/sample/logbook.txt";

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private KvArguments kv = new KvArguments();

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
        String document = context == null ? sample(console) : InputFiles.text(context, console);
        Numbers.between("--tokens", maxTokens, 1, Integer.MAX_VALUE);
        Optional<Fit> fitted = fit.fit(console, model, kv, 1);
        try (Model loaded = model.load(console, fitted.map(Fit::model).orElseGet(model::options));
                Session session = loaded.session(fitted.map(Fit::session).orElseGet(kv::options))) {
            Completion completion = answer(loaded.tokenizer(), session, document);
            if (common.json()) {
                Map<String, Object> json = Reports.completion(loaded, session, completion);
                json.put("question", question);
                json.put("answer", completion.text().strip());
                fitted.ifPresent(found -> json.put("fit", FitArguments.json(found)));
                console.json(json);
            } else {
                console.line(completion.text().strip());
                Duration time = completion.usage().prefill().plus(completion.usage().decode());
                console.note(Reports.seconds(time) + ": " + Reports.usage(completion.usage()) + "; "
                        + Reports.kv(session.kv()) + "; on " + Reports.device(loaded));
            }
        }
    }

    private static String sample(Console console) {
        Path file = Home.file(SAMPLE);
        return InputFiles.text(file.toString(), console);
    }

    /** Models that converse get a message; others, as the bundled one, get the document's own form of a question. */
    private Completion answer(Tokenizer tokenizer, Session session, String document) {
        GenerateOptions.Builder options = GenerateOptions.builder().maxTokens(maxTokens);
        String lines = document.endsWith("\n") ? document : document + "\n";
        if (tokenizer.chatTemplate().isEmpty()) {
            return session.generate(lines + "Question: " + question.strip() + " Answer:",
                    options.stop(List.of("\n")).build());
        }
        String prompt = ChatPrompt.of(tokenizer)
                .render(List.of(ChatMessage.user(lines + "\nQuestion: " + question.strip())), true);
        return session.generate(prompt, options.parseSpecial(true).build());
    }
}
