/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.pinyon.Completion;
import io.pinyon.FinishReason;
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

/** A conversation, one line of input per message. */
@Command(description = "Converse, one line per message; /exit ends it.", footerHeading = "%n",
        footer = "--save writes the conversation with its keys and values to a file when it ends with /exit or the end of "
                + "the input. --load continues such a conversation without computing it again.")
final class ChatCommand implements Subcommand {
    private static final String NAME = "chat";

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

    @Option(names = "--system", paramLabel = "TEXT", description = "Instructions for the assistant.")
    private @Nullable String system;

    private final List<ChatMessage> messages = new ArrayList<>();

    @Override
    public void run(Console console) {
        if (common.json()) {
            throw new UsageException("PIN-USAGE", "chat has no --json", "use pinyon run --json for single answers");
        }
        if (system != null && snapshots.loads()) {
            throw new UsageException("PIN-USAGE", "--system and --load together",
                    "leave out --system: the saved conversation has its own");
        }
        snapshots.check();
        GenerateOptions options = sampling.options();
        Optional<Fit> fitted = fit.fit(console, model, kv, 1);
        try (Model loaded = model.load(console, fitted.map(Fit::model).orElseGet(model::options))) {
            ChatPrompt form = ChatPrompt.of(loaded.tokenizer());
            if (system != null) {
                messages.add(ChatMessage.system(system));
            }
            try (Session session = snapshots.open(loaded, fitted.map(Fit::session).orElseGet(kv::options))) {
                recall(session);
                converse(console, loaded.tokenizer(), form, session, options);
                snapshots.saveIfAsked(session, SnapshotNote.write(NAME,
                        messages.stream().flatMap(message -> Stream.of(message.role(), message.content())).toList()));
                snapshots.note(console);
            }
        }
    }

    private void recall(Session session) {
        if (snapshots.loads()) {
            List<String> texts = snapshots.texts(NAME, session);
            for (int i = 0; i + 1 < texts.size(); i += 2) {
                messages.add(new ChatMessage(texts.get(i), texts.get(i + 1)));
            }
        }
    }

    private void converse(Console console, Tokenizer tokenizer, ChatPrompt form, Session session,
            GenerateOptions options) {
        var answering = new AtomicReference<@Nullable Session>();
        Interrupts.handle(() -> {
            Session running = answering.get();
            if (running == null) {
                Runtime.getRuntime().halt(Interrupts.EXIT_STATUS);
            } else {
                running.cancel();
            }
        });
        while (true) {
            if (console.isTerminal()) {
                console.text("> ");
            }
            String line = readLine(console);
            if (line == null || line.strip().equals("/exit")) {
                return;
            }
            if (!line.isBlank()) {
                answering.set(session);
                try {
                    answer(console, tokenizer, form, session, options, line);
                } finally {
                    answering.set(null);
                }
            }
        }
    }

    private void answer(Console console, Tokenizer tokenizer, ChatPrompt form, Session session,
            GenerateOptions options, String line) {
        messages.add(ChatMessage.user(line));
        int[] prompt = tokenizer.encode(form.render(messages, true), true, true);
        int kept = TokenIds.shared(prompt, session.tokens());
        session.truncate(kept);
        Completion completion = session.generate(Arrays.copyOfRange(prompt, kept, prompt.length), options,
                console::text);
        console.text("\n");
        if (completion.finishReason() == FinishReason.CONTEXT_FULL) {
            console.note("the context of " + session.contextLength() + " tokens is full: the answer is cut off");
        }
        messages.add(ChatMessage.assistant(completion.text()));
    }

    private static @Nullable String readLine(Console console) {
        try {
            return console.input().readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
