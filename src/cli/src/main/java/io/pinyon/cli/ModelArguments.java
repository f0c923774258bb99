/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.nio.file.Path;

import io.pinyon.Model;
import io.pinyon.ModelOptions;
import io.pinyon.Pinyon;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model, on which device. */
final class ModelArguments {
    @Option(names = {"-m",
            "--model"}, paramLabel = "MODEL", defaultValue = BundledModels.DEFAULT,
            description = "GGUF file, Hugging Face directory or bundled model (${DEFAULT-VALUE}).")
    private String model = BundledModels.DEFAULT;

    @Mixin
    private DeviceArguments device = new DeviceArguments();

    @Option(names = {"-t", "--threads"}, paramLabel = "N", description = "Worker threads (one per processor).")
    private @Nullable Integer threads;

    @Option(names = "--vector-bits", paramLabel = "BITS", description = "Vector width of the cpu device: 64 to 512.")
    private @Nullable Integer vectorBits;

    @Option(names = "--chunk", paramLabel = "N", description = "Prompt tokens that are processed at once (512).")
    private @Nullable Integer chunk;

    /** The model as it was named. */
    String name() {
        return model;
    }

    /** Where the model lies. */
    Path path() {
        return BundledModels.resolve(model);
    }

    /** Options for the library. */
    ModelOptions options() {
        ModelOptions options = device.options();
        if (threads != null) {
            options = options.withThreads(Numbers.between("--threads", threads, 1, 1024));
        }
        if (vectorBits != null) {
            options = options.withVectorBits(Numbers.between("--vector-bits", vectorBits, 64, 512));
        }
        if (chunk != null) {
            options = options.withPrefillChunk(Numbers.between("--chunk", chunk, 1, 1 << 16));
        }
        return options;
    }

    /** Loads the model; the caller closes it. */
    Model load(Console console) {
        return load(console, options());
    }

    /** As {@link #load(Console)}, with other options for the library. */
    Model load(Console console, ModelOptions options) {
        try (Progress progress = console.progress("loading")) {
            return Pinyon.load(path(), options, (done, total) -> progress.update(done, total, name()));
        }
    }
}
