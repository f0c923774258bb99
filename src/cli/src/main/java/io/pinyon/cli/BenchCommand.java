/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.pinyon.error.UsageException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Speed and peak memory of models, with the switches of llama-bench. */
@Command(description = "Measure speed and peak memory; switches as in llama-bench.")
final class BenchCommand implements Subcommand {
    private static final int MOST = 1 << 24;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Option(names = {"-m",
            "--model"}, paramLabel = "MODEL,MODEL", split = ",", hideParamSyntax = true,
            defaultValue = BundledModels.DEFAULT, description = "Models (${DEFAULT-VALUE}).")
    private List<String> models = List.of();

    @Option(names = {"-p",
            "--n-prompt"}, paramLabel = "N,N", defaultValue = "512",
            description = "Prompt lengths, 0 for none (${DEFAULT-VALUE}).")
    private String prompts = "";

    @Option(names = {"-n",
            "--n-gen"}, paramLabel = "N,N", defaultValue = "128",
            description = "Tokens to generate, 0 for none (${DEFAULT-VALUE}).")
    private String generated = "";

    @Option(names = "-pg", paramLabel = "P,N", description = "A prompt and generation in one; may be repeated.")
    private List<String> both = List.of();

    @Option(names = {"-d",
            "--n-depth"}, paramLabel = "N,N", defaultValue = "0",
            description = "Tokens in the session beforehand (${DEFAULT-VALUE}).")
    private String depths = "";

    @Option(names = {"-r",
            "--repetitions"}, paramLabel = "N", defaultValue = "5",
            description = "Measured runs per test (${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(names = "--warmup", paramLabel = "N", defaultValue = "1",
            description = "Runs before that do not count (${DEFAULT-VALUE}).")
    private int warmups;

    @Option(names = {"-t", "--threads"}, paramLabel = "N,N", description = "Worker threads (one per processor).")
    private @Nullable String threads;

    @Option(names = {"-b", "--batch-size",
            "--chunk"}, paramLabel = "N,N", defaultValue = "512",
            description = "Prompt tokens processed at once (${DEFAULT-VALUE}).")
    private String chunks = "";

    @Option(names = {"-ctk",
            "--cache-type-k"}, paramLabel = "TYPE,TYPE", split = ",", hideParamSyntax = true, defaultValue = "f16",
            description = "Formats of keys (${DEFAULT-VALUE}).")
    private List<String> keyTypes = List.of();

    @Option(names = {"-ctv",
            "--cache-type-v"}, paramLabel = "TYPE,TYPE", split = ",", hideParamSyntax = true, defaultValue = "f16",
            description = "Formats of values (${DEFAULT-VALUE}).")
    private List<String> valueTypes = List.of();

    @Option(names = "--kv", paramLabel = "SPEC",
            description = "KV methods instead of -ctk and -ctv, see pinyon kv; may be repeated.")
    private List<String> kv = List.of();

    @Mixin
    private DeviceArguments device = new DeviceArguments();

    @Mixin
    private FitArguments fit = new FitArguments();

    @Option(names = {"-o",
            "--output"}, paramLabel = "FORMAT", defaultValue = "md",
            description = "${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private BenchFormat format = BenchFormat.MD;

    /** Lengths of a prompt and of what is generated after it. */
    private record Lengths(int prompt, int generated) {}

    @Override
    public void run(Console console) {
        Numbers.between("--repetitions", repetitions, 1, 1_000_000);
        Numbers.between("--warmup", warmups, 0, 1_000_000);
        List<BenchCase> cases = cases();
        var runner = new BenchRunner(repetitions, warmups, fit, console);
        var results = new ArrayList<BenchResult>();
        try (Progress progress = console.progress("bench")) {
            for (BenchCase test : cases) {
                progress.update(results.size(), cases.size(), test.test());
                results.add(runner.measure(test));
            }
        }
        if (common.json()) {
            console.json(Map.of("results", results.stream().map(BenchResult::json).toList()));
        } else {
            console.text(format.print(results));
        }
    }

    private List<BenchCase> cases() {
        List<Lengths> tests = tests();
        var cases = new ArrayList<BenchCase>();
        for (String model : models) {
            for (Integer count : threadCounts()) {
                for (int chunk : Numbers.list("--batch-size", chunks, 1, 1 << 16)) {
                    for (String spec : specifications()) {
                        for (int depth : Numbers.list("--n-depth", depths, 0, MOST)) {
                            for (Lengths test : tests) {
                                cases.add(
                                        new BenchCase(model, device.options(), count, chunk, spec, depth, test.prompt(),
                                                test.generated()));
                            }
                        }
                    }
                }
            }
        }
        return cases;
    }

    private List<Lengths> tests() {
        var tests = new ArrayList<Lengths>();
        for (int prompt : Numbers.list("--n-prompt", prompts, 0, MOST)) {
            tests.add(new Lengths(prompt, 0));
        }
        for (int count : Numbers.list("--n-gen", generated, 0, MOST)) {
            tests.add(new Lengths(0, count));
        }
        for (String pair : both) {
            int[] numbers = Numbers.list("-pg", pair, 1, MOST);
            if (numbers.length != 2) {
                throw new UsageException("PIN-USAGE", "-pg is " + pair, "give two numbers, as in -pg 512,128");
            }
            tests.add(new Lengths(numbers[0], numbers[1]));
        }
        tests.removeIf(test -> test.prompt() == 0 && test.generated() == 0);
        if (tests.isEmpty()) {
            throw new UsageException("PIN-USAGE", "there is nothing to measure", "give -p, -n or -pg a length above 0");
        }
        return tests;
    }

    private List<@Nullable Integer> threadCounts() {
        if (threads == null) {
            return Arrays.asList((Integer) null);
        }
        return Arrays.stream(Numbers.list("--threads", threads, 1, 1024)).mapToObj(Integer::valueOf).toList();
    }

    private List<String> specifications() {
        if (!kv.isEmpty()) {
            return kv;
        }
        return keyTypes.stream().flatMap(key -> valueTypes.stream().map(value -> "codec=" + key + "/" + value))
                .toList();
    }
}
