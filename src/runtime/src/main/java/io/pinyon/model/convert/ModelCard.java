/* SPDX-License-Identifier: Apache-2.0 */
package io.pinyon.model.convert;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import io.pinyon.error.ModelFileException;

/** The README.md of a model directory, whose head of settings between two rules names the licence. */
final class ModelCard {
    private static final String RULE = "---";
    private static final String LICENSE = "license:";

    private ModelCard() {}

    static Optional<String> license(Path directory) {
        Path card = directory.resolve("README.md");
        if (!Files.isRegularFile(card)) {
            return Optional.empty();
        }
        try (BufferedReader lines = Files.newBufferedReader(card)) {
            String line = lines.readLine();
            if (line == null || !line.strip().equals(RULE)) {
                return Optional.empty();
            }
            for (line = lines.readLine(); line != null && !line.strip().equals(RULE); line = lines.readLine()) {
                if (line.startsWith(LICENSE)) {
                    return Optional.of(line.substring(LICENSE.length()).strip()).filter(name -> !name.isEmpty());
                }
            }
            return Optional.empty();
        } catch (MalformedInputException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new ModelFileException("PIN-FILE-UNREADABLE", card + " cannot be read: " + e.getMessage(),
                    "check its permissions", e);
        }
    }
}
