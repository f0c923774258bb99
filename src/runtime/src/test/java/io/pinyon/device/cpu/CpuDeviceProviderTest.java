/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.device.cpu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import io.pinyon.device.DeviceOptions;
import io.pinyon.device.DeviceProvider.Availability;
import io.pinyon.device.Devices;
import io.pinyon.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CpuDeviceProviderTest {
    private final CpuDeviceProvider provider = new CpuDeviceProvider();

    @Test
    void describesWidthAndThreads() {
        assertThat(provider.probe()).singleElement().isInstanceOfSatisfying(Availability.Usable.class,
                usable -> assertThat(usable.info().description())
                        .contains("Vector API, " + VectorWidth.preferred() + "-bit lanes")
                        .contains(Runtime.getRuntime().availableProcessors() + " thread"));
    }

    @Test
    void isFoundAsAService() {
        assertThat(Devices.providers()).anyMatch(CpuDeviceProvider.class::isInstance);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 32, 100, 1024})
    void refusesWidthsWithoutKernels(int bits) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> provider.open(0, DeviceOptions.defaults().withVectorBits(bits)).close())
                .satisfies(e -> assertThat(e.code()).isEqualTo("PIN-DEVICE-WIDTH"));
    }

    @Test
    void refusesToWorkWithoutThreads() {
        var none = DeviceOptions.defaults().withThreads(0);
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> provider.open(0, none).close())
                .satisfies(e -> assertThat(e.code()).isEqualTo("PIN-DEVICE-THREADS"));
    }

    @Test
    void saysWhichFlagIsMissing(@TempDir Path folder) throws IOException, InterruptedException {
        String output = probeWithoutVectorApi(folder);
        assertThat(output).contains("NotUsable[id=cpu").contains("--add-modules jdk.incubator.vector");
    }

    private static String probeWithoutVectorApi(Path folder) throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("Probe.java"), """
                void main() {
                    System.out.println(new io.pinyon.device.cpu.CpuDeviceProvider().probe());
                }
                """);
        Path classes = Path.of(CpuDeviceProvider.class.getProtectionDomain().getCodeSource().getLocation().getPath());
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(java.toString(), "-cp", classes.toString(), source.toString())
                .redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
