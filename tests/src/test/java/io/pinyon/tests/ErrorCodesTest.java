/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Every code that the program can print is explained in {@code docs/errors.md}, and nothing else is. */
class ErrorCodesTest {
    private static final Path ROOT = Path.of(System.getProperty("pinyon.root"));

    private static final List<String> SOURCES = List.of("src", "bindings", "kernels-cuda");

    /** Codes stand whole in string literals, so that they can be searched for. */
    private static final Pattern LITERAL = Pattern.compile("\"(PIN-[^\"]*)\"");
    private static final Pattern CODE = Pattern.compile("PIN(-[A-Z0-9]+){1,3}");
    private static final Pattern SCRIPT_CODE = Pattern.compile("fail \"(" + CODE + "):");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(PIN-[^`]*)` \\|");

    @Test
    void codesAndDocumentationAgree() throws IOException {
        List<String> documented = matches(ROW, Files.readString(ROOT.resolve("docs/errors.md"))).toList();

        assertThat(documented).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(documented)).isEqualTo(codes());
    }

    @Test
    void codesAreWellFormed() throws IOException {
        assertThat(codes()).hasSizeGreaterThan(50).allMatch(code -> CODE.matcher(code).matches());
    }

    private static Set<String> codes() throws IOException {
        var codes = new TreeSet<String>();
        for (String folder : SOURCES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                for (Path file : files.filter(ErrorCodesTest::isMainSource).toList()) {
                    matches(LITERAL, Files.readString(file)).forEach(codes::add);
                }
            }
        }
        matches(SCRIPT_CODE, Files.readString(ROOT.resolve("pinyon"))).forEach(codes::add);
        return codes;
    }

    private static boolean isMainSource(Path file) {
        String path = ROOT.relativize(file).toString().replace('\\', '/');
        return path.contains("/src/main/java/") && path.endsWith(".java");
    }

    private static Stream<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1));
    }
}
