/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import io.pinyon.ModelOptions;
import io.pinyon.device.Compute;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** On which device, how it computes, and how much it may hold. */
final class DeviceArguments {
    /** Bridges to the CUDA driver. */
    private enum CudaBridge {
        FFM("ffm"), JAVACPP("javacpp"), JCUDA("jcuda");

        private final String label;

        CudaBridge(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    @Option(names = "--device", paramLabel = "DEVICE", defaultValue = "auto",
            description = "auto, scalar, cpu or cuda, also with an index, as in cuda:1 (${DEFAULT-VALUE}).")
    private String device = "auto";

    @Option(names = "--compute", paramLabel = "TYPE",
            description = "What a GPU multiplies many rows in: f32 or bf16 (its preference).")
    private @Nullable Compute compute;

    @Option(names = "--cuda-bridge", paramLabel = "NAME",
            description = "The way to the CUDA driver: ${COMPLETION-CANDIDATES} (the best usable one).")
    private @Nullable CudaBridge bridge;

    @Mixin
    private MemoryArguments memory = new MemoryArguments();

    /** Options for the library. */
    ModelOptions options() {
        ModelOptions options = ModelOptions.defaults().withDevice(device);
        if (compute != null) {
            options = options.withCompute(compute);
        }
        if (bridge != null) {
            options = options.withCudaBridge(bridge.toString());
        }
        return memory.apply(options);
    }
}
