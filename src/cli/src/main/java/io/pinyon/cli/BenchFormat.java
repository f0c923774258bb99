/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import io.pinyon.memory.Bytes;

/** How results are printed. */
enum BenchFormat {
    MD {
        @Override
        String print(List<BenchResult> results) {
            var text = new StringBuilder("""
                    | model | size | params | device | threads | kv | test | t/s | peak KV | peak by tier |
                    | --- | ---: | ---: | --- | ---: | --- | ---: | ---: | ---: | --- |
                    """);
            for (BenchResult result : results) {
                Integer threads = result.test().threads();
                text.append(String.format(Locale.ROOT, "| %s | %s | %s | %s | %s | %s | %s | %.2f ± %.2f | %s | %s |%n",
                        result.modelType(), Bytes.format(result.model().fileBytes()),
                        BenchResult.count(result.model().parameters()), result.device().id(),
                        threads == null ? "auto" : threads, result.kv().spec(), result.test().test(),
                        result.meanRate(), result.rateDeviation(), Bytes.format(result.kv().peakBytes()),
                        Reports.peaks(result.memory()).entrySet().stream()
                                .map(peak -> peak.getKey() + " " + Bytes.format(peak.getValue()))
                                .collect(Collectors.joining(", "))));
            }
            String devices = results.stream().map(result -> result.device().description()).distinct()
                    .collect(Collectors.joining("; "));
            int warmups = results.getFirst().warmups();
            return text + "\nDevice: " + devices + ". Mean and standard deviation of "
                    + results.getFirst().nanos().size() + " runs after " + warmups
                    + (warmups == 1 ? " warm-up run." : " warm-up runs.") + "\n";
        }
    },
    CSV {
        @Override
        String print(List<BenchResult> results) {
            var text = new StringBuilder(String.join(",", results.getFirst().json().keySet())).append('\n');
            for (BenchResult result : results) {
                text.append(result.json().values().stream()
                        .map(value -> quoted(value instanceof Map || value instanceof List
                                ? Json.write(value)
                                : value.toString()))
                        .collect(Collectors.joining(","))).append('\n');
            }
            return text.toString();
        }
    },
    JSON {
        @Override
        String print(List<BenchResult> results) {
            return Json.write(results.stream().map(BenchResult::json).toList()) + "\n";
        }
    },
    JSONL {
        @Override
        String print(List<BenchResult> results) {
            return results.stream().map(result -> Json.write(result.json()) + "\n").collect(Collectors.joining());
        }
    };

    /** All results, at least one, as text. */
    abstract String print(List<BenchResult> results);

    private static String quoted(String cell) {
        return "\"" + cell.replace("\"", "\"\"") + "\"";
    }
}
