/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.pinyon.tests.Processes.Ended;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** The script in the root finds itself, a JDK and the jar, from wherever it is called. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
class LauncherTest {
    private static final Path SCRIPT = Path.of(System.getProperty("pinyon.root"), "pinyon");
    private static final Map<String, String> JAVA = Map.of("JAVA_HOME", System.getProperty("java.home"));

    @TempDir
    static Path folder;

    @Test
    void runsFromAnotherFolderThroughLinks() throws IOException {
        Path first = Files.createSymbolicLink(folder.resolve("first"), SCRIPT);
        Files.createSymbolicLink(folder.resolve("second"), first.getFileName());

        Ended ended = launch("cd '" + folder + "' && ./second --version");

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out()).startsWith("pinyon ");
    }

    @Test
    void passesTheExitStatusOn() {
        assertThat(launch("'" + SCRIPT + "' nosuch").status()).isEqualTo(2);
        assertThat(launch("'" + SCRIPT + "' info -m nosuch").status()).isEqualTo(3);
    }

    @Test
    void takesTextBeyondAsciiWhateverTheLocale() {
        String tiny = TinyModel.write(folder.resolve("tiny")).toString();

        Ended ended = launch("LC_ALL=C '" + SCRIPT + "' tokenize --raw --json -m '" + tiny + "' 'é'");

        assertThat(ended.out()).as(ended.err()).contains("[195,169]");
    }

    @Test
    void aReaderThatGoesAwayIsNoError() {
        Ended ended = launch("set -o pipefail; '" + SCRIPT + "' kv | head -n 1");

        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.err()).isEmpty();
    }

    @Test
    void rebuildsForEveryModuleThatTheJarIsMadeOf() throws IOException {
        String script = Files.readString(SCRIPT);
        String listed = script.lines().filter(line -> line.contains("for module in ")).findFirst().orElseThrow();
        Path root = SCRIPT.getParent();

        for (String module : modulesInTheJar(root)) {
            assertThat(listed).as("modules whose sources make the jar old").containsPattern("[ ]" + module + "[ ;]");
        }
    }

    /** Folders of the modules of which the command's folder of jars has one. */
    private static List<String> modulesInTheJar(Path root) throws IOException {
        List<String> jars;
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("pinyon.lib")))) {
            jars = files.map(file -> file.getFileName().toString()).toList();
        }
        List<String> modules = Pattern.compile("<module>(.*)</module>")
                .matcher(Files.readString(root.resolve("pom.xml")))
                .results().map(match -> match.group(1)).filter(module -> jars.stream().anyMatch(
                        jar -> jar
                                .matches(Pattern.quote(artifact(root.resolve(module).resolve("pom.xml"))) + "-\\d.*")))
                .toList();
        assertThat(modules).hasSizeGreaterThan(3);
        return modules;
    }

    private static String artifact(Path pom) {
        try {
            String text = Files.readString(pom);
            int own = text.indexOf("<artifactId>", text.indexOf("</parent>")) + "<artifactId>".length();
            return text.substring(own, text.indexOf('<', own));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Ended launch(String line) {
        return Processes.run(List.of("bash", "-c", line), JAVA);
    }
}
