/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.pinyon.tests.Processes.Ended;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** Where no GPU is visible the command says so, in processes from which the driver hides the GPUs that there are. */
class WithoutGpuTest {
    private static final Map<String, String> HIDDEN = Map.of("CUDA_VISIBLE_DEVICES", "-1");
    private static final List<String> JAR = List.of("-jar", System.getProperty("pinyon.jar"));
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    private static String tiny = "";

    @BeforeAll
    static void model() {
        tiny = TinyModel.write(folder.resolve("tiny")).toString();
    }

    @ParameterizedTest
    @MethodSource("io.pinyon.tests.PackagingTest#ways")
    void devicesListWhyThereIsNoneAndWhatWouldHelp(List<String> way) {
        Ended ended = Processes.java(HIDDEN, way, "devices", "--json");

        assertThat(ended.err()).isEmpty();
        JsonNode cuda = JSON.readTree(ended.out()).get("devices").valueStream()
                .filter(device -> device.get("id").asString().equals("cuda")).findFirst().orElseThrow();
        assertThat(cuda.get("usable").asBoolean()).isFalse();
        assertThat(cuda.get("reason").asString()).startsWith("ffm: ");
        assertThat(cuda.get("remedy").asString()).contains("NVIDIA driver");
    }

    @ParameterizedTest
    @ValueSource(strings = {"cuda", "cuda:0", "cuda:1"})
    void askingForOneIsRefusedAndNotReplaced(String device) {
        Ended ended = run("--device", device);

        assertThat(ended.status()).isEqualTo(5);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).startsWith("pinyon: PIN-DEVICE-UNUSABLE: device cuda is not usable: ffm: ")
                .contains("; install an NVIDIA driver").hasLineCount(1);
    }

    @Test
    void theBestDeviceSaysWhyItIsNotTheGpu() {
        Ended ended = run("--device", "auto", "--json");

        assertThat(ended.status()).as(ended.err()).isZero();
        JsonNode json = JSON.readTree(ended.out());
        assertThat(json.get("device").asString()).isEqualTo("cpu");
        assertThat(json.get("device_reason").asString()).startsWith("best usable; cuda not usable: ffm: ");
    }

    @Test
    void anUnknownBridgeIsRefusedWithThoseThatThereAre() {
        Ended ended = run("--device", "cuda", "--cuda-bridge", "nosuch");

        assertThat(ended.status()).isEqualTo(2);
        assertThat(ended.err()).startsWith("pinyon: PIN-USAGE: ").contains("'nosuch'").containsIgnoringCase("javacpp")
                .hasLineCount(1);
    }

    private static Ended run(String... options) {
        List<String> args = new ArrayList<>(List.of("run", "-m", tiny, "-p", "Hello", "-n", "2"));
        args.addAll(List.of(options));
        return Processes.java(HIDDEN, JAR, args.toArray(String[]::new));
    }
}
