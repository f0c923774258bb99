/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import io.pinyon.KvUsage;
import io.pinyon.Model;
import io.pinyon.Session;
import io.pinyon.SessionOptions;
import io.pinyon.error.UsageException;
import io.pinyon.tokenizer.Tokenizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How well a model predicts a text. The text is cut into windows of the context length that do not overlap, each begins
 * anew with the token that begins a text, and every token of the text counts but the first of a window that has no such
 * token. With a KV method other than the full one, both see the same tokens and their predictions are compared.
 */
@Command(description = "Measure how well a text is predicted, and what a KV method changes.")
final class PerplexityCommand implements Subcommand {
    private static final String FULL = "full";
    private static final int DEFAULT_WINDOW = 2048;

    /** Floats of logits that are held at once for a comparison. */
    private static final int HELD_FLOATS = 1 << 24;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private KvArguments kv = new KvArguments();

    @Option(names = {"-f",
            "--file"}, paramLabel = "FILE", required = true, description = "The text, - for standard input.")
    private String file = "";

    @Override
    public void run(Console console) {
        String text = InputFiles.text(file, console);
        try (Model loaded = model.load(console)) {
            Tokenizer tokenizer = loaded.tokenizer();
            int[] tokens = tokenizer.encode(text, false, false);
            int window = window(loaded, tokenizer, tokens.length);
            var tally = new PerplexityTally();
            KvUsage usage = measure(console, loaded, tokenizer, tokens, window, tally);
            if (common.json()) {
                console.json(json(loaded, usage, window, tally));
            } else {
                print(console, loaded, usage, window, tally);
            }
        }
    }

    private int window(Model loaded, Tokenizer tokenizer, int tokens) {
        int fewest = tokenizer.bos().isPresent() ? 1 : 2;
        if (tokens < fewest) {
            throw new UsageException("PIN-PROMPT-EMPTY", "file " + file + " has " + tokens + " tokens",
                    "give a text of at least " + fewest);
        }
        int asked = kv.context() == 0 ? Math.min(DEFAULT_WINDOW, loaded.info().contextLength()) : kv.context();
        return Numbers.between("--ctx", asked, 2, loaded.info().contextLength());
    }

    private KvUsage measure(Console console, Model loaded, Tokenizer tokenizer, int[] tokens, int window,
            PerplexityTally tally) {
        SessionOptions options = SessionOptions.defaults().withContextLength(window);
        boolean compare = !kv.spec().strip().equalsIgnoreCase(FULL);
        int[] begin = tokenizer.bos().isPresent() ? new int[]{tokenizer.bos().getAsInt()} : new int[0];
        try (Session judged = loaded.session(options.withKv(kv.spec()));
                Session reference = loaded.session(options);
                Progress progress = console.progress("perplexity")) {
            var windows = new Windows(loaded.info().vocabularySize(), judged, reference, compare, tally);
            int text = window - begin.length;
            KvUsage usage = judged.kv();
            for (int from = 0; from < tokens.length; from += text) {
                int to = Math.min(tokens.length, from + text);
                windows.run(begin, Arrays.copyOfRange(tokens, from, to));
                // The last window may be short; what counts is a full one.
                usage = judged.kv().fullBytes() >= usage.fullBytes() ? judged.kv() : usage;
                progress.update(to, tokens.length, String.format(Locale.ROOT, "%.3f", tally.perplexity()));
            }
            return usage;
        }
    }

    /** Runs windows through one session, or two side by side. */
    private record Windows(int vocabulary, Session judged, Session reference, boolean compare, PerplexityTally tally) {
        void run(int[] begin, int[] text) {
            judged.truncate(0);
            reference.truncate(0);
            int[] tokens = Arrays.copyOf(begin, begin.length + text.length);
            System.arraycopy(text, 0, tokens, begin.length, text.length);
            int most = compare ? Math.max(1, HELD_FLOATS / vocabulary) : tokens.length;
            // The last token is not followed by any that could be scored.
            for (int from = 0; from < tokens.length - 1; from += most) {
                part(tokens, from, Math.min(tokens.length - 1, from + most));
            }
        }

        private void part(int[] tokens, int from, int to) {
            int[] part = Arrays.copyOfRange(tokens, from, to);
            float[] expected = new float[compare ? part.length * vocabulary : 0];
            if (compare) {
                reference.logits(part, (first, rows, logits) -> System.arraycopy(logits, 0, expected,
                        first * vocabulary, rows * vocabulary));
            }
            judged.logits(part, (first, rows, logits) -> {
                for (int row = 0; row < rows; row++) {
                    tally.score(logits, row, vocabulary, tokens[from + first + row + 1]);
                }
                if (compare) {
                    float[] held = Arrays.copyOfRange(expected, first * vocabulary, (first + rows) * vocabulary);
                    for (int row = 0; row < rows; row++) {
                        tally.compare(held, logits, row, vocabulary);
                    }
                }
            });
        }
    }

    private void print(Console console, Model loaded, KvUsage usage, int window, PerplexityTally tally) {
        console.line(String.format(Locale.ROOT, "perplexity %.4f +- %.4f over %,d tokens, windows of %,d",
                tally.perplexity(), tally.standardError(), tally.scored(), window));
        if (tally.hasComparison()) {
            console.line(String.format(Locale.ROOT,
                    "against full 16-bit KV: mean KL %.3g, 99th percentile KL %.3g, same top token %.2f %%",
                    tally.meanDivergence(), tally.divergence99(), 100 * tally.agreement()));
        }
        console.note(Reports.kv(usage) + "; on " + Reports.device(loaded));
    }

    private static Map<String, Object> json(Model loaded, KvUsage usage, int window, PerplexityTally tally) {
        var json = new LinkedHashMap<String, Object>();
        json.put("model", loaded.info().name());
        Reports.device(json, loaded);
        json.put("window", window);
        json.put("tokens", tally.scored());
        json.put("perplexity", tally.perplexity());
        json.put("standard_error", tally.standardError());
        if (tally.hasComparison()) {
            json.put("kl_mean", tally.meanDivergence());
            json.put("kl_99th_percentile", tally.divergence99());
            json.put("top1_agreement", tally.agreement());
        }
        json.put("kv", Reports.json(usage));
        return json;
    }
}
