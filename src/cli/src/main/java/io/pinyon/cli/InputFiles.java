/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

import io.pinyon.error.ModelFileException;

/** Reads the text files that commands are given; {@code -} is standard input. */
final class InputFiles {
    private InputFiles() {}

    /**
     * All of a UTF-8 file.
     *
     * @throws ModelFileException {@code PIN-FILE-MISSING}, {@code PIN-FILE-UNREADABLE} or {@code PIN-FILE-ENCODING}
     */
    static String text(String name, Console console) {
        if (name.equals("-")) {
            return console.readAll();
        }
        try {
            Path file = Path.of(name);
            if (!Files.exists(file)) {
                throw new ModelFileException("PIN-FILE-MISSING", "there is no file " + name, "check the path");
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new ModelFileException("PIN-FILE-ENCODING", "file " + name + " is no UTF-8 text",
                    "convert it, for example with iconv", e);
        } catch (IOException | InvalidPathException e) {
            throw new ModelFileException("PIN-FILE-UNREADABLE", "file " + name + " cannot be read: " + e,
                    "check the path and its permissions", e);
        }
    }
}
