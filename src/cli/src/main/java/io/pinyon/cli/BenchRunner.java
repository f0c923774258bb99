/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;

import io.pinyon.Completion;
import io.pinyon.Fit;
import io.pinyon.GenerateOptions;
import io.pinyon.KvUsage;
import io.pinyon.Model;
import io.pinyon.ModelOptions;
import io.pinyon.Pinyon;
import io.pinyon.Session;
import io.pinyon.SessionOptions;
import io.pinyon.error.EngineException;

/** Measures one case on a model that is loaded for it alone, so that peak bytes are those of the case. */
final class BenchRunner {
    private static final long SEED = 42;

    private final int repetitions;
    private final int warmups;
    private final FitArguments fit;
    private final Console console;

    /** The console is told what was given up to fit. */
    BenchRunner(int repetitions, int warmups, FitArguments fit, Console console) {
        this.repetitions = repetitions;
        this.warmups = warmups;
        this.fit = fit;
        this.console = console;
    }

    BenchResult measure(BenchCase asked) {
        BenchCase test = fit.asked(asked.kv()) ? fitted(asked) : asked;
        try (Model model = Pinyon.load(BundledModels.resolve(test.model()), options(test))) {
            for (int i = 0; i < warmups; i++) {
                repeat(model, test);
            }
            List<Run> runs = Stream.generate(() -> repeat(model, test)).limit(repetitions).toList();
            return new BenchResult(test, model.info(), model.device(), runs.stream().map(Run::nanos).toList(), warmups,
                    runs.getLast().kv(), model.memory(),
                    runs.stream().flatMapToLong(run -> run.driverBytes().stream()).max());
        }
    }

    private static ModelOptions options(BenchCase test) {
        ModelOptions options = test.options().withPrefillChunk(test.chunk());
        Integer threads = test.threads();
        return threads == null ? options : options.withThreads(threads);
    }

    /** The same test with what fits; a shorter one is none. */
    private BenchCase fitted(BenchCase test) {
        SessionOptions session = SessionOptions.defaults().withKv(test.kv()).withContextLength(capacity(test));
        Fit found = Pinyon.fit(BundledModels.resolve(test.model()), options(test), session, 1);
        if (found.plan().contextLength() < capacity(test)) {
            String asked = test.kv().strip().equalsIgnoreCase("auto") ? "full" : test.kv();
            Pinyon.plan(BundledModels.resolve(test.model()), options(test), session.withKv(asked), 1).requireFit();
        }
        FitArguments.note(console, found);
        return new BenchCase(test.model(), test.options(), test.threads(), found.model().prefillChunk(),
                found.session().kv(), test.depth(), test.prompt(), test.generated());
    }

    /** The last generated token is never computed on, but needs a place. */
    private static int capacity(BenchCase test) {
        return test.depth() + test.prompt() + (test.generated() == 0 ? 0 : test.generated() + 1);
    }

    private record Run(long nanos, KvUsage kv, OptionalLong driverBytes) {}

    private static Run repeat(Model model, BenchCase test) {
        int vocabulary = model.info().vocabularySize();
        int first = model.tokenizer().bos().orElse(0);
        int[] depth = tokens(first, test.depth(), vocabulary);
        int[] prompt = tokens(test.depth() == 0 ? first : 1, test.prompt(), vocabulary);
        try (Session session = model.session(
                SessionOptions.defaults().withKv(test.kv()).withContextLength(capacity(test)))) {
            if (depth.length > 0) {
                session.append(depth);
            }
            long start = System.nanoTime();
            if (prompt.length > 0) {
                session.append(prompt);
            }
            if (test.generated() > 0) {
                generate(session, first, test.generated());
            }
            return new Run(System.nanoTime() - start, session.kv(), model.driverBytes());
        }
    }

    /** One forward pass per token: the first computes on a given token, the others on what came out. */
    private static void generate(Session session, int token, int count) {
        GenerateOptions options = GenerateOptions.builder().maxTokens(count).stopAtEnd(false).build();
        Completion completion = session.generate(new int[]{token}, options, _ -> {});
        if (completion.tokens().size() != count) {
            throw new EngineException("PIN-BENCH-SHORT", "generation ended after " + completion.tokens().size()
                    + " of " + count + " tokens: " + completion.finishReason(), "report this with the command line");
        }
    }

    /** Random tokens, the same in every run, behind the one that begins a text. */
    private static int[] tokens(int first, int count, int vocabulary) {
        int[] tokens = new Random(SEED).ints(count, 0, vocabulary).toArray();
        if (count > 0) {
            tokens[0] = Math.min(first, vocabulary - 1);
        }
        return tokens;
    }
}
