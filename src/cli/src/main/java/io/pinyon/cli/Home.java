/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

import io.pinyon.error.ModelFileException;

/** The folder that Pinyon was checked out or unpacked into, where bundled models and samples are. */
final class Home {
    private Home() {}

    /** The system property {@code pinyon.home}, the variable {@code PINYON_HOME}, or a folder above the program. */
    static Optional<Path> find() {
        return Stream.of(Optional.ofNullable(System.getProperty("pinyon.home")),
                Optional.ofNullable(System.getenv("PINYON_HOME")))
                .flatMap(Optional::stream).filter(text -> !text.isBlank()).map(Path::of).findFirst()
                .or(Home::aboveProgram);
    }

    /**
     * A file below the home.
     *
     * @throws ModelFileException {@code PIN-FILE-MISSING} if it is not there or no home is known
     */
    static Path file(String relative) {
        Path home = find().orElseThrow(() -> new ModelFileException("PIN-FILE-MISSING",
                "there is no folder to look for " + relative + " in", "set PINYON_HOME to the folder of Pinyon"));
        Path file = home.resolve(relative);
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException("PIN-FILE-MISSING", "there is no file " + file,
                    "set PINYON_HOME to the folder of Pinyon, or name another file");
        }
        return file;
    }

    private static Optional<Path> aboveProgram() {
        var source = Home.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null || !source.getLocation().getProtocol().equals("file")) {
            return Optional.empty();
        }
        Path program = Path.of(URI.create(source.getLocation().toString()));
        return Stream.iterate(program.getParent(), path -> path != null, Path::getParent).limit(5)
                .filter(path -> Files.isDirectory(path.resolve("models/sample"))).findFirst();
    }
}
