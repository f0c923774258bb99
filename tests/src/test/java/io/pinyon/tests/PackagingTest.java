/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;

import io.pinyon.tests.Processes.Ended;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** The built jars work in the three ways in which people run jars. */
class PackagingTest {
    private static final Path LIB = Path.of(System.getProperty("pinyon.lib"));
    private static final Path SHADED = Path.of(System.getProperty("pinyon.jar"));
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    @BeforeAll
    static void model() {
        TinyModel.write(folder.resolve("tiny"));
    }

    static Stream<Named<List<String>>> ways() {
        return Stream.of(
                Named.of("class path", List.of("--enable-native-access=ALL-UNNAMED", "-cp", LIB + "/*",
                        "io.pinyon.cli.Main")),
                Named.of("module path", List.of("--enable-native-access=io.pinyon.cuda.ffm", "--module-path",
                        LIB.toString(), "-m", "io.pinyon.cli/io.pinyon.cli.Main")),
                Named.of("executable jar", List.of("-jar", SHADED.toString())));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void findsDevicesThroughServices(List<String> way) {
        Ended ended = Processes.java(way, "devices", "--json");

        assertThat(ended.err()).isEmpty();
        assertThat(ended.status()).isZero();
        assertThat(JSON.readTree(ended.out()).get("devices").valueStream()
                .map(device -> device.get("id").asString())).contains("scalar", "cpu");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void generatesTheSameTokens(List<String> way) {
        String tiny = folder.resolve("tiny").toString();
        String[] args = {"run", "-m", tiny, "--device", "scalar", "-p", "Hello", "-n", "8", "--json"};

        Ended ended = Processes.java(way, args);

        assertThat(ended.err()).isEmpty();
        JsonNode tokens = JSON.readTree(ended.out()).get("tokens");
        assertThat(tokens.size()).isEqualTo(8);
        assertThat(tokens).isEqualTo(JSON.readTree(Cli.run(args).out()).get("tokens"));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void exitStatusIsThatOfTheError(List<String> way) {
        Ended ended = Processes.java(way, "info", "-m", "nosuch");

        assertThat(ended.status()).isEqualTo(3);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).startsWith("pinyon: PIN-MODEL-NOTFOUND: ").hasLineCount(1);
    }

    @Test
    void theJarsAreNamedModules() throws IOException {
        try (Stream<Path> jars = Files.list(LIB)) {
            List<Path> own = jars.filter(jar -> jar.getFileName().toString().startsWith("pinyon")).toList();
            assertThat(own).hasSizeGreaterThan(3).allSatisfy(jar -> {
                try (JarFile file = new JarFile(jar.toFile())) {
                    assertThat(file.getEntry("module-info.class")).isNotNull();
                }
            });
        }
    }

    @Test
    void theExecutableJarNamesItsMainClass() throws IOException {
        try (JarFile file = new JarFile(SHADED.toFile())) {
            Manifest manifest = file.getManifest();
            assertThat(manifest.getMainAttributes().getValue("Main-Class")).isEqualTo("io.pinyon.cli.Main");
            assertThat(manifest.getMainAttributes().getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
            assertThat(file.getEntry("module-info.class")).isNull();
            assertThat(file.stream().map(entry -> entry.getName())).doesNotHaveDuplicates();
        }
    }

    @Test
    void theExecutableJarBringsTheWayToTheGpu() throws IOException {
        try (JarFile file = new JarFile(SHADED.toFile())) {
            assertThat(service(file, "io.pinyon.device.DeviceProvider")).contains(
                    "io.pinyon.device.cuda.CudaDeviceProvider", "io.pinyon.device.cpu.CpuDeviceProvider",
                    "io.pinyon.device.scalar.ScalarDeviceProvider");
            assertThat(service(file, "io.pinyon.cuda.driver.CudaDriverProvider"))
                    .containsExactly("io.pinyon.cuda.ffm.FfmCudaDriverProvider");
            assertThat(service(file, "io.pinyon.cuda.driver.KernelImages"))
                    .containsExactly("io.pinyon.kernels.cuda.BundledKernels");
            assertThat(file.getEntry("io/pinyon/cuda/ffm/FfmCudaDriver.class")).isNotNull();
        }
    }

    @Test
    void theExecutableJarHasEveryKernelImageThatItsIndexNames() throws IOException {
        try (JarFile file = new JarFile(SHADED.toFile())) {
            String folder = "io/pinyon/kernels/cuda/";
            var index = new Properties();
            index.load(new StringReader(text(file, folder + "kernels.properties")));
            List<String> images = words(index.getProperty("images"));

            assertThat(index.getProperty("version")).isNotBlank();
            assertThat(words(index.getProperty("targets")).isEmpty()).isEqualTo(images.isEmpty());
            assertThat(file.stream().map(JarEntry::getName).filter(name -> name.endsWith(".fatbin")))
                    .containsExactlyInAnyOrderElementsOf(
                            images.stream().map(image -> folder + image + ".fatbin").toList());
        }
    }

    private static List<String> service(JarFile file, String type) throws IOException {
        return text(file, "META-INF/services/" + type).lines().toList();
    }

    private static String text(JarFile file, String name) throws IOException {
        JarEntry entry = file.getJarEntry(name);
        assertThat(entry).as(name).isNotNull();
        try (InputStream in = file.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> words(String line) {
        return line.isBlank() ? List.of() : List.of(line.strip().split(" +"));
    }

    @Test
    void withoutTheVectorModuleTheCommandSaysWhichFlagIsMissing() {
        List<String> command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
                SHADED.toString(), "devices");

        Ended ended = Processes.run(command, Map.of());

        assertThat(ended.status()).isZero();
        assertThat(ended.out()).contains("--add-modules jdk.incubator.vector");
    }

    @Test
    void aFullHeapIsReportedAsMemory() {
        Ended ended = Processes.java(List.of("-Xmx24m", "-jar", SHADED.toString()), "tokenize", "-m",
                folder.resolve("tiny").toString(), "-f", big().toString());

        assertThat(ended.status()).as(ended.err()).isEqualTo(4);
        assertThat(ended.err()).startsWith("pinyon: PIN-MEMORY-HEAP: ");
    }

    private static Path big() {
        try {
            return Files.writeString(folder.resolve("big.txt"), "word ".repeat(10_000_000));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
