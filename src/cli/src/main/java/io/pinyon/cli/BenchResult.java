/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

import io.pinyon.KvUsage;
import io.pinyon.ModelInfo;
import io.pinyon.device.DeviceInfo;
import io.pinyon.memory.MemorySnapshot;

/**
 * What came of a measurement.
 *
 * @param nanos time of each repetition
 * @param warmups repetitions before, which do not count
 * @param driverBytes device memory that was gone at the end of a repetition, as the driver counts
 */
record BenchResult(BenchCase test, ModelInfo model, DeviceInfo device, List<Long> nanos, int warmups, KvUsage kv,
        MemorySnapshot memory, OptionalLong driverBytes) {
    /** Tokens per second of each repetition. */
    double[] rates() {
        return nanos.stream().mapToDouble(time -> (test.prompt() + test.generated()) * 1e9 / time).toArray();
    }

    double meanRate() {
        return mean(rates());
    }

    double rateDeviation() {
        return deviation(rates());
    }

    /** Architecture, size and the format of most weights, for example {@code llama 14.2M Q8_0}. */
    String modelType() {
        String format = model.weightFormats().entrySet().stream().max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey).orElse("");
        return model.architecture() + " " + count(model.parameters()) + " " + format;
    }

    /** For example {@code 14.2M} or {@code 7.62B}. */
    static String count(long parameters) {
        return parameters >= 1_000_000_000
                ? String.format(Locale.ROOT, "%.2fB", parameters / 1e9)
                : String.format(Locale.ROOT, "%.1fM", parameters / 1e6);
    }

    /** All of it, with the names of llama-bench where it has one. */
    Map<String, Object> json() {
        double[] times = nanos.stream().mapToDouble(Long::doubleValue).toArray();
        var json = new LinkedHashMap<String, Object>();
        json.put("model_filename", test.model());
        json.put("model_type", modelType());
        json.put("model_size", model.fileBytes());
        json.put("model_n_params", model.parameters());
        json.put("device", device.id());
        json.put("device_description", device.description());
        json.put("n_batch", test.chunk());
        json.put("kv", kv.spec());
        json.put("n_prompt", test.prompt());
        json.put("n_gen", test.generated());
        json.put("n_depth", test.depth());
        json.put("test", test.test());
        json.put("warmup_runs", warmups);
        json.put("avg_ns", Math.round(mean(times)));
        json.put("stddev_ns", Math.round(deviation(times)));
        json.put("avg_ts", meanRate());
        json.put("stddev_ts", rateDeviation());
        json.put("samples_ns", nanos);
        json.put("samples_ts", Arrays.stream(rates()).boxed().toList());
        json.put("peak_kv_bytes", kv.peakBytes());
        json.put("full_16bit_kv_bytes", kv.fullBytes());
        json.put("peak_bytes_by_tier", Reports.peaks(memory));
        driverBytes.ifPresent(bytes -> json.put("peak_driver_bytes", bytes));
        return json;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /** Of a sample; 0 for a single value. */
    private static double deviation(double[] values) {
        double mean = mean(values);
        double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
        return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
    }
}
