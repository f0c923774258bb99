/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.List;
import java.util.OptionalLong;

import io.pinyon.GenerateOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are chosen, and when to stop. */
final class SamplingArguments {
    @Option(names = {"-n",
            "--tokens"}, paramLabel = "N", defaultValue = "256",
            description = "Most tokens to generate (${DEFAULT-VALUE}).")
    private int maxTokens;

    @Option(names = "--temp", paramLabel = "T", defaultValue = "0",
            description = "Temperature; 0 always takes the most likely token (${DEFAULT-VALUE}).")
    private float temperature;

    @Option(names = "--top-k", paramLabel = "K", defaultValue = "0",
            description = "Sample from the K most likely tokens; 0 for all (${DEFAULT-VALUE}).")
    private int topK;

    @Option(names = "--top-p", paramLabel = "P", defaultValue = "1",
            description = "Sample from the fewest tokens that hold this probability (${DEFAULT-VALUE}).")
    private float topP;

    @Option(names = "--min-p", paramLabel = "P", defaultValue = "0",
            description = "Drop tokens below this share of the likeliest one (${DEFAULT-VALUE}).")
    private float minP;

    @Option(names = "--repeat-penalty", paramLabel = "X", defaultValue = "1",
            description = "Divide the scores of tokens seen lately; 1 for none (${DEFAULT-VALUE}).")
    private float repeatPenalty;

    @Option(names = "--seed", paramLabel = "SEED", description = "Seed of the random choices (drawn anew).")
    private @Nullable Long seed;

    @Option(names = "--stop", paramLabel = "TEXT", description = "Stop before this text; may be repeated.")
    private List<String> stop = List.of();

    /** Options for the library. */
    GenerateOptions options() {
        return GenerateOptions.builder()
                .maxTokens(Numbers.between("--tokens", maxTokens, 1, Integer.MAX_VALUE))
                .temperature(Numbers.between("--temp", temperature, 0, 100))
                .topK(Numbers.between("--top-k", topK, 0, Integer.MAX_VALUE))
                .topP(Numbers.between("--top-p", topP, 0, 1))
                .minP(Numbers.between("--min-p", minP, 0, 1))
                .repetitionPenalty(Numbers.between("--repeat-penalty", repeatPenalty, 0.01f, 100))
                .seed(seed == null ? OptionalLong.empty() : OptionalLong.of(seed))
                .stop(stop)
                .build();
    }
}
