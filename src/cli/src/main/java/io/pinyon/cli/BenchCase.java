/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import io.pinyon.ModelOptions;
import org.jspecify.annotations.Nullable;

/**
 * One measurement.
 *
 * @param model as it was named
 * @param options the device and how it computes
 * @param threads worker threads, null for the device's choice
 * @param chunk prompt tokens processed at once
 * @param kv KV specification
 * @param depth tokens that are in the session before the clock starts
 * @param prompt tokens of the prompt
 * @param generated tokens to generate
 */
record BenchCase(String model, ModelOptions options, @Nullable Integer threads, int chunk, String kv, int depth,
        int prompt,
        int generated) {
    /** As llama-bench names tests: {@code pp512}, {@code tg128 @ d4096}, {@code pp512+tg128}. */
    String test() {
        String name = prompt == 0
                ? "tg" + generated
                : generated == 0 ? "pp" + prompt : "pp" + prompt + "+tg" + generated;
        return depth == 0 ? name : name + " @ d" + depth;
    }
}
