/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import io.pinyon.ModelOptions;
import io.pinyon.device.Compute;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import static org.assertj.core.api.Assertions.assertThat;

class ModelArgumentsTest {
    @Command
    private static final class Any {
        @Mixin
        private ModelArguments model = new ModelArguments();
    }

    private static ModelOptions options(String... args) {
        var command = new Any();
        new CommandLine(command).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(args);
        return command.model.options();
    }

    @Test
    void leavesTheChoiceToTheDevice() {
        assertThat(options()).isEqualTo(ModelOptions.defaults());
    }

    @Test
    void passesOnWhatIsAskedOfTheDevice() {
        assertThat(options("--device", "cuda:1", "--compute", "bf16", "--cuda-bridge", "javacpp", "-t", "3"))
                .isEqualTo(ModelOptions.defaults().withDevice("cuda:1").withCompute(Compute.BF16)
                        .withCudaBridge("javacpp").withThreads(3));
        assertThat(options("--compute", "F32", "--cuda-bridge", "FFM"))
                .isEqualTo(ModelOptions.defaults().withCompute(Compute.F32).withCudaBridge("ffm"));
    }
}
