/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

import io.pinyon.Completion;
import io.pinyon.GenerateOptions;
import io.pinyon.KvUsage;
import io.pinyon.Model;
import io.pinyon.Session;
import io.pinyon.SessionOptions;
import io.pinyon.cli.needle.Needle;
import io.pinyon.cli.needle.NeedleFit;
import io.pinyon.error.UsageException;
import io.pinyon.memory.Bytes;
import io.pinyon.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Finds out how often a model, under a KV method, recalls one fact from a long text. */
@Command(description = "Measure how often a hidden fact is recalled, by prompt length.")
final class EvalNeedleCommand implements Subcommand {
    /** Room beside the answer for the full stop, the line break, and what the tokenizer merges differently. */
    private static final int SPARE_TOKENS = 4;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Option(names = "--kv", paramLabel = "SPEC", defaultValue = "full",
            description = "KV method, see pinyon kv (${DEFAULT-VALUE}).")
    private String kv = "full";

    @Option(names = "--lengths", paramLabel = "N,N", defaultValue = "2048,4096,8192",
            description = "Tokens of prompt and answer (${DEFAULT-VALUE}).")
    private String lengths = "";

    @Option(names = "--trials", paramLabel = "N", defaultValue = "30",
            description = "Tests per length (${DEFAULT-VALUE}).")
    private int trials;

    @Option(names = "--depths", paramLabel = "X,X",
            description = "Places of the fact, 0 to 1, taken in turns (spread evenly over the trials).")
    private @Nullable String depths;

    @Option(names = "--seed", paramLabel = "SEED", defaultValue = "1",
            description = "Seed of the first test, the next ones follow (${DEFAULT-VALUE}).")
    private long seed;

    /** One test and how it went. */
    private record Trial(Needle needle, double depth, int promptTokens, String written, KvUsage kv, double seconds) {
        boolean correct() {
            return needle.recalledBy(written);
        }
    }

    @Override
    public void run(Console console) {
        Numbers.between("--trials", trials, 1, 1_000_000);
        int[] wanted = Numbers.list("--lengths", lengths, 64, 1 << 24);
        double[] places = depths();
        try (Model loaded = model.load(console)) {
            var results = new LinkedHashMap<Integer, List<Trial>>();
            for (int length : wanted) {
                checkContext(loaded, length);
                results.put(length, measure(console, loaded, length, places));
            }
            if (common.json()) {
                console.json(json(loaded, results));
            } else {
                console.text(table(results));
            }
        }
    }

    private double[] depths() {
        if (depths == null) {
            return IntStream.range(0, trials).mapToDouble(i -> (i + 0.5) / trials).toArray();
        }
        return Arrays.stream(depths.split(",", -1)).flatMapToDouble(text -> {
            try {
                return DoubleStream.of(Numbers.between("--depths", Float.parseFloat(text.strip()), 0, 1));
            } catch (NumberFormatException e) {
                throw new UsageException("PIN-USAGE", "--depths has '" + text + "', which is no number",
                        "give numbers from 0 to 1 parted by commas", e);
            }
        }).toArray();
    }

    private static void checkContext(Model loaded, int length) {
        int context = loaded.info().contextLength();
        if (length > context) {
            throw new UsageException("PIN-USAGE", "--lengths has " + length,
                    "this model has a context of " + context + " tokens");
        }
    }

    private List<Trial> measure(Console console, Model loaded, int length, double[] places) {
        try (Progress progress = console.progress(length + " tokens")) {
            return IntStream.range(0, trials).mapToObj(i -> {
                progress.update(i, trials, i + " of " + trials);
                return trial(loaded, length, seed + i, places[i % places.length]);
            }).toList();
        }
    }

    private Trial trial(Model loaded, int length, long testSeed, double depth) {
        Tokenizer tokenizer = loaded.tokenizer();
        Needle needle = NeedleFit.fit(testSeed, depth, length,
                test -> promptTokens(tokenizer, test) + answerTokens(tokenizer, test))
                .orElseThrow(() -> new UsageException("PIN-USAGE", "--lengths has " + length,
                        "the shortest test of this tokenizer is longer"));
        GenerateOptions options = GenerateOptions.builder().maxTokens(answerTokens(tokenizer, needle))
                .stop(List.of("\n")).build();
        try (Session session = loaded.session(
                SessionOptions.defaults().withKv(kv).withContextLength(length))) {
            long start = System.nanoTime();
            Completion completion = session.generate(needle.prompt(), options);
            return new Trial(needle, depth, completion.usage().promptTokens(), completion.text(), session.kv(),
                    (System.nanoTime() - start) / 1e9);
        }
    }

    private static int promptTokens(Tokenizer tokenizer, Needle needle) {
        return tokenizer.encode(needle.prompt(), true, false).length;
    }

    private static int answerTokens(Tokenizer tokenizer, Needle needle) {
        return tokenizer.encode(needle.answer() + ".\n", false, false).length + SPARE_TOKENS;
    }

    private static String table(Map<Integer, List<Trial>> results) {
        var table = new TextTable("length", "recalled", "share", "mean prompt", "s/test", "peak KV", "16-bit KV");
        results.forEach((length, done) -> {
            long correct = done.stream().filter(Trial::correct).count();
            table.row(length, correct + "/" + done.size(),
                    String.format(Locale.ROOT, "%.0f %%", 100.0 * correct / done.size()),
                    String.format(Locale.ROOT, "%.0f", mean(done.stream().mapToDouble(Trial::promptTokens))),
                    String.format(Locale.ROOT, "%.2f", mean(done.stream().mapToDouble(Trial::seconds))),
                    Bytes.format(done.stream().mapToLong(trial -> trial.kv().peakBytes()).max().orElse(0)),
                    Bytes.format(done.stream().mapToLong(trial -> trial.kv().fullBytes()).max().orElse(0)));
        });
        return table.toString();
    }

    private Map<String, Object> json(Model loaded, Map<Integer, List<Trial>> results) {
        var json = new LinkedHashMap<String, Object>();
        json.put("model", loaded.info().name());
        Reports.device(json, loaded);
        json.put("kv", kv);
        json.put("seed", seed);
        var byLength = new LinkedHashMap<String, Object>();
        results.forEach((length, done) -> byLength.put(String.valueOf(length), json(done)));
        json.put("lengths", byLength);
        return json;
    }

    private static Map<String, Object> json(List<Trial> done) {
        var json = new LinkedHashMap<String, Object>();
        json.put("correct", done.stream().filter(Trial::correct).count());
        json.put("trials", done.size());
        json.put("mean_prompt_tokens", mean(done.stream().mapToDouble(Trial::promptTokens)));
        json.put("mean_seconds", mean(done.stream().mapToDouble(Trial::seconds)));
        json.put("peak_kv_bytes", done.stream().mapToLong(trial -> trial.kv().peakBytes()).max().orElse(0));
        json.put("full_16bit_kv_bytes", done.stream().mapToLong(trial -> trial.kv().fullBytes()).max().orElse(0));
        json.put("tests", done.stream().map(trial -> {
            var test = new LinkedHashMap<String, Object>();
            test.put("depth", trial.depth());
            test.put("prompt_tokens", trial.promptTokens());
            test.put("expected", trial.needle().answer().strip() + ".");
            test.put("written", trial.written().strip());
            test.put("correct", trial.correct());
            return test;
        }).toList());
        return json;
    }

    private static double mean(DoubleStream values) {
        return values.average().orElse(Double.NaN);
    }
}
