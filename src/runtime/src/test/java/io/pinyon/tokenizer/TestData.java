/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** Reference data that lies beside the repository. */
final class TestData {
    private TestData() {}

    /** The file or folder, or a skipped test. */
    static Path shared(String name) {
        Path path = Path.of(System.getProperty("pinyon.root", ".")).resolveSibling("shared").resolve(name);
        assumeTrue(Files.exists(path), () -> "no reference data at " + path);
        return path;
    }
}
